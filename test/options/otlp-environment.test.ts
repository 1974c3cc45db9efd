import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OptionsError, resolveOtelEnvironment } from '../../src/options/options.ts';
import { OTEL_DEFAULTS as DEFAULTS } from './defaults.ts';
import { problemsOf as thrownBy } from './problems-of.ts';

const P = 'OTEL_EXPORTER_OTLP_';
const readable = () => true;

function problemsOf(
  env: NodeJS.ProcessEnv,
  canRead: (path: string) => boolean = readable,
): readonly string[] {
  return thrownBy(() => resolveOtelEnvironment(env, canRead));
}

describe('protocol and endpoint', () => {
  const cases: readonly [env: NodeJS.ProcessEnv, protocol: string, endpoint: string][] = [
    [{ [`${P}PROTOCOL`]: 'grpc' }, 'grpc', 'http://localhost:4317'],
    [{ [`${P}PROTOCOL`]: ' HTTP/protobuf ' }, 'http/protobuf', 'http://localhost:4318/v1/logs'],
    [
      { [`${P}PROTOCOL`]: 'grpc', [`${P}LOGS_PROTOCOL`]: 'http/protobuf' },
      'http/protobuf',
      'http://localhost:4318/v1/logs',
    ],
    [{ [`${P}PROTOCOL`]: 'http/json', [`${P}LOGS_PROTOCOL`]: 'grpc' }, 'grpc', 'http://localhost:4317'],
    [{ [`${P}ENDPOINT`]: 'http://c:4317' }, 'grpc', 'http://c:4317'],
    [{ [`${P}ENDPOINT`]: 'http://c:4317/' }, 'grpc', 'http://c:4317'],
    [{ [`${P}ENDPOINT`]: 'https://c:4317' }, 'grpc', 'https://c:4317'],
    [{ [`${P}ENDPOINT`]: 'https://c' }, 'grpc', 'https://c:443'],
    [{ [`${P}ENDPOINT`]: 'c:4317' }, 'grpc', 'https://c:4317'],
    [{ [`${P}ENDPOINT`]: 'c:4317', [`${P}INSECURE`]: 'True' }, 'grpc', 'http://c:4317'],
    [{ [`${P}ENDPOINT`]: 'https://c:4317', [`${P}INSECURE`]: 'true' }, 'grpc', 'https://c:4317'],
    [{ [`${P}ENDPOINT`]: 'http://[::1]:4317' }, 'grpc', 'http://[::1]:4317'],
    [{ [`${P}ENDPOINT`]: 'unix:///run/otel.sock' }, 'grpc', 'unix:///run/otel.sock'],
    [{ [`${P}ENDPOINT`]: 'http://c:4318' }, 'http/protobuf', 'http://c:4318/v1/logs'],
    [{ [`${P}ENDPOINT`]: 'http://c:4318/' }, 'http/protobuf', 'http://c:4318/v1/logs'],
    [{ [`${P}ENDPOINT`]: 'https://loki:3100/otlp' }, 'http/protobuf', 'https://loki:3100/otlp/v1/logs'],
    [
      { [`${P}LOGS_ENDPOINT`]: 'http://loki:3100/otlp/v1/logs' },
      'http/protobuf',
      'http://loki:3100/otlp/v1/logs',
    ],
    [{ [`${P}LOGS_ENDPOINT`]: 'http://a:4317', [`${P}ENDPOINT`]: 'http://b:4318' }, 'grpc', 'http://a:4317'],
    [
      { [`${P}LOGS_ENDPOINT`]: ' ', [`${P}ENDPOINT`]: 'http://b:4318' },
      'http/protobuf',
      'http://b:4318/v1/logs',
    ],
    [{ [`${P}ENDPOINT`]: 'http://c:4318', [`${P}PROTOCOL`]: 'grpc' }, 'grpc', 'http://c:4318'],
    [{ [`${P}ENDPOINT`]: 'http://c:4317/x', [`${P}PROTOCOL`]: 'grpc' }, 'grpc', 'http://c:4317'],
    [
      { [`${P}ENDPOINT`]: 'http://c:4317', [`${P}PROTOCOL`]: 'http/protobuf' },
      'http/protobuf',
      'http://c:4317/v1/logs',
    ],
    [{ [`${P}ENDPOINT`]: 'http://me:pass@c:4317' }, 'grpc', 'http://c:4317'],
    [{ [`${P}ENDPOINT`]: 'http://me:pass@c:4318/x' }, 'http/protobuf', 'http://c:4318/x/v1/logs'],
    [{ [`${P}LOGS_ENDPOINT`]: 'https://c/v1/logs?key=secret' }, 'http/protobuf', 'https://c/v1/logs'],
  ];
  for (const [env, protocol, endpoint] of cases) {
    test(JSON.stringify(env).replaceAll(P, ''), () => {
      assert.deepEqual(resolveOtelEnvironment(env, readable), { ...DEFAULTS, otlp: { protocol, endpoint } });
    });
  }

  test('gRPC without a port, or with port 80, goes to 443: a warning', () => {
    for (const [endpoint, shown] of [
      ['http://c', 'http://c/'],
      ['http://me:pass@c:80', 'http://c/'],
    ]) {
      const { otlp, warnings } = resolveOtelEnvironment({ [`${P}ENDPOINT`]: endpoint }, readable);
      assert.deepEqual(otlp, { protocol: 'grpc', endpoint: 'http://c:443' });
      assert.deepEqual(warnings, [
        `${P}ENDPOINT: without a port, and with port 80, the gRPC exporter connects to port 443; ` +
          `expected a port such as 4317, got "${shown}" (from the environment)`,
      ]);
    }
  });

  const httpUrl = 'a URL that begins with http:// or https:// (for http/protobuf)';
  const grpcUrl = 'http://host:port, https://host:port or host:port';
  const bad: readonly [env: NodeJS.ProcessEnv, problem: string][] = [
    [{ [`${P}PROTOCOL`]: 'http/json' }, `${P}PROTOCOL: expected grpc or http/protobuf, got "http/json"`],
    [{ [`${P}LOGS_PROTOCOL`]: 'tcp' }, `${P}LOGS_PROTOCOL: expected grpc or http/protobuf, got "tcp"`],
    [{ [`${P}ENDPOINT`]: 'http://' }, `${P}ENDPOINT: expected ${grpcUrl}, got "http://"`],
    [{ [`${P}ENDPOINT`]: '::::' }, `${P}ENDPOINT: expected ${grpcUrl}, got "::::"`],
    [
      { [`${P}LOGS_ENDPOINT`]: 'dns:///c:4317' },
      `${P}LOGS_ENDPOINT: expected ${grpcUrl}, got "dns:///c:4317"`,
    ],
    [
      { [`${P}ENDPOINT`]: 'http://me:pa@ss@:0:0?k=v' },
      `${P}ENDPOINT: expected ${grpcUrl}, got "http://:0:0"`,
    ],
    [{ [`${P}ENDPOINT`]: 'c:4318' }, `${P}ENDPOINT: expected ${httpUrl}, got "c:4318"`],
    [
      { [`${P}ENDPOINT`]: 'c:1', [`${P}PROTOCOL`]: 'http/protobuf' },
      `${P}ENDPOINT: expected ${httpUrl}, got "c:1"`,
    ],
    [
      { [`${P}ENDPOINT`]: 'http://c:4318/?key=secret' },
      `${P}ENDPOINT: expected a URL without query, since /v1/logs is appended to it, got "http://c:4318/"`,
    ],
  ];
  for (const [env, problem] of bad) {
    test(`${JSON.stringify(env).replaceAll(P, '')} is refused`, () => {
      assert.deepEqual(problemsOf(env), [`${problem} (from the environment)`]);
    });
    test(`${JSON.stringify(env).replaceAll(P, '')} is not looked at where nothing is sent`, () => {
      for (const off of [{ OTEL_LOGS_EXPORTER: 'none' }, { OTEL_SDK_DISABLED: 'true' }]) {
        assert.deepEqual(resolveOtelEnvironment({ ...env, ...off }, readable).warnings, []);
      }
    });
  }
});

describe('headers', () => {
  const good = ['authorization=Bearer%20x', 'a=1,B-2=x y, c = 3 ,', 'a=1;meta', 'a=b=c'];
  for (const text of good) {
    test(text, () => {
      for (const PROTOCOL of ['grpc', 'http/protobuf']) {
        assert.deepEqual(problemsOf({ [`${P}HEADERS`]: text, [`${P}PROTOCOL`]: PROTOCOL }), []);
      }
    });
  }

  const bad: readonly [text: string, protocols: readonly string[]][] = [
    ['ok=1,secret', ['grpc', 'http/protobuf']],
    ['ok=1,secret=', ['grpc', 'http/protobuf']],
    ['ok=1,=secret', ['grpc', 'http/protobuf']],
    ['ok=1,a=secret%zz', ['grpc', 'http/protobuf']],
    ['ok=1,a b=secret', ['grpc', 'http/protobuf']],
    ['ok=1,a=secret%0A', ['grpc', 'http/protobuf']],
    ['ok=1,a=secret%E2%82%AC', ['grpc', 'http/protobuf']],
    ['ok=1,a=secret%C3%BC', ['grpc']],
    ['ok=1,x-bin=secret', ['grpc']],
    ['ok=1,a!=secret', ['grpc']],
  ];
  for (const [text, protocols] of bad) {
    for (const protocol of ['grpc', 'http/protobuf']) {
      test(`${text} over ${protocol}`, () => {
        const problem = `${P}LOGS_HEADERS: expected name=value pairs, percent-encoded, got something else in place 2 (from the environment)`;
        assert.deepEqual(
          problemsOf({ [`${P}LOGS_HEADERS`]: text, [`${P}PROTOCOL`]: protocol }),
          protocols.includes(protocol) ? [problem] : [],
        );
      });
    }
  }
});

describe('TLS files', () => {
  const files = {
    [`${P}CERTIFICATE`]: 'ca.pem',
    [`${P}CLIENT_KEY`]: 'key.pem',
    [`${P}CLIENT_CERTIFICATE`]: 'cert.pem',
  };

  test('are looked at where the connection is TLS', () => {
    const unreadable = (path: string) => path === 'cert.pem';
    const got = `${P}CERTIFICATE: expected a file that can be read, got "ca.pem" (from the environment)`;
    const key = `${P}CLIENT_KEY: expected a file that can be read, got "key.pem" (from the environment)`;
    for (const ENDPOINT of ['https://c:4317', 'c:4317', 'https://c:4318']) {
      assert.deepEqual(problemsOf({ ...files, [`${P}ENDPOINT`]: ENDPOINT }, unreadable), [got, key]);
      assert.deepEqual(problemsOf({ ...files, [`${P}ENDPOINT`]: ENDPOINT }), []);
    }
    assert.deepEqual(problemsOf({ ...files, [`${P}ENDPOINT`]: 'http://c:4317' }, unreadable), []);
  });

  test('those for logs come first', () => {
    const env = { ...files, [`${P}LOGS_CERTIFICATE`]: 'logs.pem', [`${P}ENDPOINT`]: 'https://c:4317' };
    assert.deepEqual(
      problemsOf(env, (path) => path !== 'ca.pem'),
      [],
    );
  });

  test('a client key needs its certificate', () => {
    for (const name of ['CLIENT_KEY', 'CLIENT_CERTIFICATE']) {
      assert.deepEqual(problemsOf({ [`${P}${name}`]: 'x.pem', [`${P}ENDPOINT`]: 'https://c:4317' }), [
        `${P}${name}: expected client key and certificate together, got only one of them (from the environment)`,
      ]);
    }
  });

  test('are looked for on disk', () => {
    const env = { [`${P}CERTIFICATE`]: 'no/such/file.pem', [`${P}ENDPOINT`]: 'https://c:4317' };
    assert.throws(() => resolveOtelEnvironment(env), OptionsError);
    const ok = resolveOtelEnvironment({ ...env, [`${P}CERTIFICATE`]: process.execPath });
    assert.deepEqual(ok.warnings, []);
  });
});
