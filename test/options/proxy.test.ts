import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { noFindings } from '../../src/options/environment.ts';
import { readProxy } from '../../src/options/proxy.ts';

const PROXY = 'http://proxy:3128/';

describe('the proxy of gRPC', () => {
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
