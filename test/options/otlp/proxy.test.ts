import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { noFindings } from '../../../src/options/environment.ts';
import { readProxy } from '../../../src/options/otlp/proxy.ts';

const PROXY = 'http://proxy:3128/';

describe('the proxy on the way to the receiver', () => {
  const cases: readonly (readonly [env: NodeJS.ProcessEnv, proxy: string | undefined, endpoint?: string])[] =
    [
      [{}, undefined],
      [{ grpc_proxy: 'http://a:1', https_proxy: 'http://b:2', http_proxy: 'http://c:3' }, 'http://a:1/'],
      [{ https_proxy: 'http://b:2', http_proxy: 'http://c:3' }, 'http://b:2/'],
      [{ grpc_proxy: ' ', http_proxy: 'http://user:p%20w@c:3' }, 'http://user:p%20w@c:3/'],
      [{ http_proxy: PROXY }, PROXY, 'https://collector.shop.svc:4317'],
      [{ http_proxy: PROXY }, undefined, 'unix:///run/otel.sock'],
      [{ HTTP_PROXY: PROXY }, undefined],
    ];
  for (const [env, proxy, endpoint = 'http://collector:4317'] of cases) {
    test(`${JSON.stringify(env)} for ${endpoint}: ${proxy}`, () => {
      const findings = noFindings();
      assert.equal(readProxy(env, 'grpc', endpoint, findings), proxy);
      assert.deepEqual(findings, noFindings());
    });
  }

  const spared: readonly (readonly [list: string, endpoint: string, isSpared: boolean])[] = [
    ['*', 'http://collector:4317', true],
    ['localhost, collector', 'http://collector:4317', true],
    ['Shop.Svc', 'http://collector.shop.svc:4317', true],
    ['.shop.svc', 'http://collector.shop.svc:4317', true],
    ['*.shop.svc', 'http://collector.shop.svc:4317', true],
    ['op.svc', 'http://collector.shop.svc:4317', false],
    ['lector', 'http://collector:4317', false],
    ['.', 'http://collector:4317', false],
    ['10.1.2.3', 'http://10.1.2.3:4317', true],
    ['10.1.0.0/16', 'http://10.1.2.3:4317', true],
    ['10.2.0.0/16', 'http://10.1.2.3:4317', false],
    ['10.1.2.3/33', 'http://10.1.2.3:4317', false],
    ['10.1.0.0/16', 'http://collector:4317', false],
    ['10.1.2.3/', 'http://10.1.2.3:4317', false],
    ['collector:4317', 'http://collector:4317', true],
    ['collector:4318', 'http://collector:4317', false],
    ['10.1.2.3:4317', 'http://10.1.2.3:4317', true],
    ['[::1]:4317', 'http://[::1]:4317', true],
    ['10.1.2.1-10.1.2.9', 'http://10.1.2.3:4317', true],
    ['10.1.2.4-10.1.2.9', 'http://10.1.2.3:4317', false],
    ['10.1.2.9-10.1.2.1', 'http://10.1.2.3:4317', false],
    ['a-b.shop.svc', 'http://a-b.shop.svc:4317', true],
    ['::1', 'http://[::1]:4317', true],
    ['fd00:0:0::1', 'http://[fd00::1]:4317', true],
    ['fd00::/8', 'http://[fd12::1]:4317', true],
    ['fd00::/8', 'http://[fe80::1]:4317', false],
  ];
  for (const [list, endpoint, isSpared] of spared) {
    test(`no_proxy=${list}: ${endpoint} ${isSpared ? 'without' : 'through'} the proxy`, () => {
      const expected = isSpared ? undefined : PROXY;
      for (const name of ['no_grpc_proxy', 'no_proxy']) {
        const env = { http_proxy: PROXY, [name]: list };
        assert.equal(readProxy(env, 'grpc', endpoint, noFindings()), expected);
      }
    });
  }

  const overHttp: readonly (readonly [
    env: NodeJS.ProcessEnv,
    endpoint: string,
    proxy: string | undefined,
    execArgv?: readonly string[],
  ])[] = [
    [{ https_proxy: 'http://a:1', http_proxy: 'http://b:2' }, 'https://c/v1/logs', 'http://a:1/'],
    [{ https_proxy: 'http://a:1', http_proxy: 'http://b:2' }, 'http://c:4318/v1/logs', 'http://b:2/'],
    [{ http_proxy: PROXY, grpc_proxy: PROXY }, 'https://c/v1/logs', undefined],
    [{ https_proxy: PROXY, no_grpc_proxy: '*' }, 'https://c/v1/logs', PROXY],
    [{ https_proxy: PROXY, no_proxy: 'c' }, 'https://c/v1/logs', undefined],
    [{ HTTPS_PROXY: PROXY }, 'https://c/v1/logs', undefined],
    [{ HTTPS_PROXY: PROXY, NODE_USE_ENV_PROXY: '1' }, 'https://c/v1/logs', PROXY],
    [{ HTTPS_PROXY: PROXY, NODE_USE_ENV_PROXY: '0' }, 'https://c/v1/logs', undefined],
    [{ HTTPS_PROXY: PROXY, NODE_OPTIONS: '--no-warnings --use-env-proxy' }, 'https://c/v1/logs', PROXY],
    [{ HTTPS_PROXY: PROXY }, 'https://c/v1/logs', PROXY, ['--use-env-proxy']],
    [{ HTTP_PROXY: PROXY, NO_PROXY: 'c', NODE_USE_ENV_PROXY: '1' }, 'http://c:4318/v1/logs', undefined],
    [
      { http_proxy: 'http://a:1', HTTP_PROXY: PROXY, NODE_USE_ENV_PROXY: '1' },
      'http://c:4318/v1/logs',
      'http://a:1/',
    ],
  ];
  for (const [env, endpoint, proxy, execArgv = []] of overHttp) {
    test(`of OTLP/HTTP: ${JSON.stringify(env)} ${execArgv} for ${endpoint}: ${proxy}`, () => {
      for (const protocol of ['http/protobuf', 'http/json'] as const) {
        const findings = noFindings();
        assert.equal(readProxy(env, protocol, endpoint, findings, execArgv), proxy);
        assert.deepEqual([findings.problems, findings.warnings], [[], []]);
        assert.equal(findings.sdkWarnings.length, proxy === undefined ? 0 : 1);
      }
    });
  }

  test('one of OTLP/HTTP that cannot be used', () => {
    const findings = noFindings();
    const env = { http_proxy: 'socks5://me:s3cret@proxy:1080' };
    assert.equal(readProxy(env, 'http/json', 'http://c:4318/v1/logs', findings), undefined);
    assert.deepEqual(findings.warnings, [
      'http_proxy: expected a URL that begins with http://, got "socks5://proxy:1080" (from the environment); ' +
        'OTLP/HTTP goes without a proxy',
    ]);
  });

  test('no_grpc_proxy comes before no_proxy', () => {
    const env = { http_proxy: PROXY, no_grpc_proxy: 'other', no_proxy: '*' };
    assert.equal(readProxy(env, 'grpc', 'http://collector:4317', noFindings()), PROXY);
  });

  for (const [text, given] of [
    ['socks5://user:s3cret@proxy:1080', '"socks5://proxy:1080"'],
    ['https://proxy:3128', '"https://proxy:3128"'],
    ['user:s3cret@proxy:80', '"proxy:80"'],
    ['http://', '"http://"'],
    ['proxy', 'something that is not shown, since it may hold a secret'],
  ] as const) {
    test(`${text} cannot be used, and its secrets are not told`, () => {
      const findings = noFindings();
      assert.equal(readProxy({ https_proxy: text }, 'grpc', 'http://collector:4317', findings), undefined);
      const told = `https_proxy: expected a URL that begins with http://, got ${given} (from the environment)`;
      assert.deepEqual(findings, { ...noFindings(), warnings: [`${told}; gRPC goes without a proxy`] });
    });
  }

  for (const text of [
    'http://user:12#s3cret@proxy:3128',
    'http://user:12/s3cret@proxy',
    'http://u:1?s3cret@p',
  ]) {
    test(`${text} names no other host`, () => {
      const findings = noFindings();
      assert.equal(readProxy({ grpc_proxy: text }, 'grpc', 'http://collector:4317', findings), undefined);
      assert.deepEqual(findings.warnings, [
        'grpc_proxy: expected a URL with #, /, ? and @ percent-encoded in user and password (%23, %2F, %3F, %40), ' +
          'got "http://…" (from the environment); gRPC goes without a proxy',
      ]);
    });
  }
});
