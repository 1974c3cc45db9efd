import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import * as zlib from 'node:zlib';
import type { ReadFile } from '../../../src/options/file/read-file.ts';
import { OptionsError, resolveOtelEnvironment } from '../../../src/options/options.ts';
import { selfSigned } from '../../support/certificates.ts';
import { OTEL_DEFAULTS as DEFAULTS } from '../support/defaults.ts';
import { problemsOf as thrownBy } from '../support/problems-of.ts';

const P = 'OTEL_EXPORTER_OTLP_';
const noFile = (path: string): never => assert.fail(`${path} was read`);

function problemsOf(env: NodeJS.ProcessEnv, readFile: ReadFile = noFile): readonly string[] {
  return thrownBy(() => resolveOtelEnvironment(env, readFile));
}

function otlpOf(env: NodeJS.ProcessEnv) {
  return resolveOtelEnvironment(env, noFile).otlp;
}

describe('protocol and endpoint', () => {
  const cases: readonly [env: NodeJS.ProcessEnv, protocol: string, endpoint: string, others?: object][] = [
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
    [{ [`${P}ENDPOINT`]: 'https://c' }, 'http/protobuf', 'https://c/v1/logs'],
    [{ [`${P}ENDPOINT`]: 'https://c:443' }, 'http/protobuf', 'https://c/v1/logs'],
    [{ [`${P}ENDPOINT`]: 'http://c:443' }, 'http/protobuf', 'http://c:443/v1/logs'],
    [{ [`${P}ENDPOINT`]: 'https://c', [`${P}PROTOCOL`]: 'grpc' }, 'grpc', 'https://c:443'],
    [{ [`${P}ENDPOINT`]: 'c' }, 'grpc', 'https://c:443'],
    [{ [`${P}PROTOCOL`]: 'http/json' }, 'http/json', 'http://localhost:4318/v1/logs'],
    [{ [`${P}ENDPOINT`]: 'c:4317' }, 'grpc', 'https://c:4317'],
    [{ [`${P}ENDPOINT`]: 'c:4317', [`${P}INSECURE`]: 'True' }, 'grpc', 'http://c:4317'],
    [{ [`${P}ENDPOINT`]: 'https://c:4317', [`${P}INSECURE`]: 'true' }, 'grpc', 'https://c:4317'],
    [{ [`${P}ENDPOINT`]: 'http://[::1]:4317' }, 'grpc', 'http://[::1]:4317'],
    [{ [`${P}ENDPOINT`]: 'unix:///run/otel.sock' }, 'grpc', 'unix:///run/otel.sock'],
    [
      { [`${P}ENDPOINT`]: 'https://c/receiver/v1/otlp/token' },
      'http/protobuf',
      'https://c/receiver/…/v1/logs',
      { url: 'https://c/receiver/v1/otlp/token/v1/logs' },
    ],
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
    [{ [`${P}ENDPOINT`]: 'http://c' }, 'http/protobuf', 'http://c/v1/logs'],
    [{ [`${P}ENDPOINT`]: 'http://c:80', [`${P}PROTOCOL`]: 'grpc' }, 'grpc', 'http://c:80'],
    [
      { [`${P}ENDPOINT`]: 'http://me:p%C3%A4ss@c:4318/x' },
      'http/protobuf',
      'http://c:4318/x/v1/logs',
      { headers: { authorization: 'Basic bWU6cMOkc3M=' } },
    ],
    [
      { [`${P}ENDPOINT`]: 'http://me:1%zz@c:4318', [`${P}HEADERS`]: 'Authorization=Bearer x' },
      'http/protobuf',
      'http://c:4318/v1/logs',
      { headers: { authorization: 'Bearer x' } },
    ],
    [
      { [`${P}LOGS_ENDPOINT`]: 'https://c/v1/logs?key=secret#x' },
      'http/protobuf',
      'https://c/v1/logs',
      { url: 'https://c/v1/logs?key=secret' },
    ],
  ];
  for (const [env, protocol, endpoint, others] of cases) {
    test(JSON.stringify(env).replaceAll(P, ''), () => {
      const noFiles = { ca: undefined, cert: undefined, key: undefined };
      const tls = endpoint.startsWith('https:') ? noFiles : undefined;
      const isDefault = !Object.keys(env).some(
        (name) => /^OTEL_EXPORTER_OTLP_(?:LOGS_)?ENDPOINT$/.test(name) && env[name],
      );
      const otlp = { ...DEFAULTS.otlp, protocol, endpoint, isDefault, url: endpoint, tls, ...others };
      const { sdkWarnings: _theirs, ...resolved } = resolveOtelEnvironment(env, noFile);
      const { sdkWarnings: _none, ...defaults } = DEFAULTS;
      assert.deepEqual(resolved, { ...defaults, otlp });
    });
  }

  test('the official gRPC exporter goes to 443 without a port, and with port 80', () => {
    for (const [endpoint, shown] of [
      ['http://c', 'http://c/'],
      ['http://me:pass@c:80', 'http://c/'],
    ]) {
      const env = { [`${P}ENDPOINT`]: endpoint, [`${P}PROTOCOL`]: 'grpc' };
      const { warnings, sdkWarnings } = resolveOtelEnvironment(env, noFile);
      assert.deepEqual(warnings, []);
      assert.deepEqual(sdkWarnings, [
        `${P}ENDPOINT: without a port, and with port 80, the official gRPC exporter connects to port 443; ` +
          `expected a port such as 4317, got "${shown}" (from the environment)`,
      ]);
    }
  });

  test('a protocol that is none counts as not set, with a warning', () => {
    for (const [env, protocol] of [
      [{ [`${P}LOGS_PROTOCOL`]: 'http' }, 'grpc'],
      [{ [`${P}LOGS_PROTOCOL`]: 'http', [`${P}ENDPOINT`]: 'https://ingress.example' }, 'http/protobuf'],
    ] as const) {
      const { otlp, warnings } = resolveOtelEnvironment(env, noFile);
      assert.equal(otlp.protocol, protocol);
      assert.deepEqual(warnings, [
        `${P}LOGS_PROTOCOL: expected grpc, http/protobuf, http/json, got "http" (from the environment); ` +
          `${protocol} is used`,
      ]);
    }
  });

  test('JSON is not what the official exporters are loaded for', () => {
    assert.deepEqual(resolveOtelEnvironment({ [`${P}PROTOCOL`]: 'http/json' }, noFile).sdkWarnings, [
      `${P}PROTOCOL: expected grpc or http/protobuf with the official exporters, got "http/json" ` +
        '(from the environment); http/protobuf is used',
    ]);
  });

  const httpUrl = 'a URL that begins with http:// or https:// (for http/protobuf)';
  const grpcUrl = 'http://host:port, https://host:port or host:port';
  const bad: readonly [env: NodeJS.ProcessEnv, problem: string][] = [
    [{ [`${P}ENDPOINT`]: 'http://' }, `${P}ENDPOINT: expected ${grpcUrl}, got "http://"`],
    [
      { [`${P}ENDPOINT`]: '::::' },
      `${P}ENDPOINT: expected ${grpcUrl}, got something that is not shown, since it may hold a secret`,
    ],
    [
      { [`${P}LOGS_ENDPOINT`]: 'dns:///c:4317' },
      `${P}LOGS_ENDPOINT: expected ${grpcUrl}, got "dns:///c:4317"`,
    ],
    [{ [`${P}ENDPOINT`]: 'http://me:pa@ss@:0:0?k=v' }, `${P}ENDPOINT: expected ${grpcUrl}, got "http://…"`],
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
  const encoded =
    'a URL with #, /, ? and @ percent-encoded in user, password, path and query (%23, %2F, %3F, %40)';
  const stray: readonly string[] = [
    'https://me:12#secret@c:4318',
    'https://me:12?secret@c:4318',
    'https://me:12/secret@c:4318/x',
    'https://me:12\\secret@c:4318/x',
    'https://me:secret#@c:4318',
    'https://secret/@c',
  ];
  for (const text of stray) {
    test(`${text}: a password that is not encoded names no host`, () => {
      for (const name of [`${P}ENDPOINT`, `${P}LOGS_ENDPOINT`]) {
        for (const PROTOCOL of ['grpc', 'http/protobuf']) {
          assert.deepEqual(problemsOf({ [name]: text, [`${P}PROTOCOL`]: PROTOCOL }), [
            `${name}: expected ${encoded}, got "https://…" (from the environment)`,
          ]);
        }
      }
    });
  }

  for (const [env, problem] of bad) {
    test(`${JSON.stringify(env).replaceAll(P, '')} is refused`, () => {
      assert.deepEqual(problemsOf(env), [`${problem} (from the environment)`]);
    });
    test(`${JSON.stringify(env).replaceAll(P, '')} is not looked at where nothing is sent`, () => {
      for (const off of [{ OTEL_LOGS_EXPORTER: 'none' }, { OTEL_SDK_DISABLED: 'true' }]) {
        const { warnings, sdkWarnings } = resolveOtelEnvironment({ ...env, ...off }, noFile);
        assert.deepEqual([warnings, sdkWarnings], [[], []]);
      }
    });
  }
});

describe('headers', () => {
  const good: readonly [text: string, headers: Readonly<Record<string, string>>][] = [
    ['authorization=Bearer%20x', { authorization: 'Bearer x' }],
    ['a=1,B-2=x y, c = 3 ,', { a: '1', 'b-2': 'x y', c: '3' }],
    ['a=1;meta', { a: '1' }],
    ['a=,b=2', { a: '', b: '2' }],
    ['a=b=c,A=%2C', { a: ',' }],
    ['__proto__=x', Object.fromEntries([['__proto__', 'x']])],
  ];
  for (const [text, headers] of good) {
    test(text, () => {
      for (const PROTOCOL of ['grpc', 'http/protobuf']) {
        assert.deepEqual(otlpOf({ [`${P}HEADERS`]: text, [`${P}PROTOCOL`]: PROTOCOL }).headers, headers);
      }
    });
  }

  test('those for logs come first, by name', () => {
    const env = { [`${P}HEADERS`]: 'X-Tenant=all,a=1', [`${P}LOGS_HEADERS`]: 'x-tenant=logs,b=2' };
    assert.deepEqual(otlpOf(env).headers, { 'x-tenant': 'logs', a: '1', b: '2' });
  });

  const bad: readonly [text: string, protocols: readonly string[]][] = [
    ['ok=1,secret', ['grpc', 'http/protobuf']],
    ['ok=1,=secret', ['grpc', 'http/protobuf']],
    ['ok=1,a=secret%zz', ['grpc', 'http/protobuf']],
    ['ok=1,a b=secret', ['grpc', 'http/protobuf']],
    ['ok=1,a=secret%0A', ['grpc', 'http/protobuf']],
    ['ok=1,a=secret%E2%82%AC', ['grpc', 'http/protobuf']],
    ['ok=1,a=secret%C3%BC', ['grpc']],
    ['ok=1,x-bin=secret', ['grpc']],
    ['ok=1,a!=secret', ['grpc']],
    ['ok=1,c2VjcmV0==', ['grpc', 'http/protobuf']],
    ['ok=1,authorization: Bearer secret', ['grpc', 'http/protobuf']],
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

test('of many headers that are none the first places are told, in one line', () => {
  const problem = (given: string) =>
    `${P}HEADERS: expected name=value pairs, percent-encoded, got something else in ${given} (from the environment)`;
  assert.deepEqual(problemsOf({ [`${P}HEADERS`]: 'a=1,b,c' }), [problem('places 2, 3')]);
  assert.deepEqual(problemsOf({ [`${P}HEADERS`]: 'x,'.repeat(50_000) }), [
    problem('places 1, 2, 3, 4, 5 and 49995 more'),
  ]);
});

describe('timeout and compression', () => {
  const cases: readonly [env: NodeJS.ProcessEnv, got: object, warnings?: string[], sdkWarnings?: string[]][] =
    [
      [{ TIMEOUT: '2500' }, { timeoutMs: 2500 }],
      [{ TIMEOUT: '2500', LOGS_TIMEOUT: '100' }, { timeoutMs: 100 }],
      [
        { TIMEOUT: '2500', LOGS_TIMEOUT: 'x' },
        { timeoutMs: 2500 },
        ['LOGS_TIMEOUT: expected a number > 0, got "x" (from the environment); it is ignored'],
      ],
      [{ TIMEOUT: '1e12' }, { timeoutMs: 2 ** 31 - 1 }],
      [
        { TIMEOUT: '10' },
        { timeoutMs: 10 },
        [
          'TIMEOUT: expected milliseconds, got "10" (from the environment), which would be a usual number of seconds; 10 ms is used',
        ],
      ],
      [{ COMPRESSION: 'gzip' }, { compression: 'gzip' }],
      [{ COMPRESSION: 'gzip', LOGS_COMPRESSION: 'none' }, { compression: 'none' }],
      [
        { COMPRESSION: 'gzip', LOGS_COMPRESSION: 'br' },
        { compression: 'gzip' },
        ['LOGS_COMPRESSION: expected none, gzip, zstd, got "br" (from the environment); it is ignored'],
      ],
      [
        { COMPRESSION: 'GZIP' },
        { compression: 'gzip' },
        [],
        [
          'COMPRESSION: expected none or gzip with the official exporter, got "GZIP" (from the environment); it is ignored',
        ],
      ],
      [
        { COMPRESSION: 'zstd' },
        { compression: 'gzip' },
        ['COMPRESSION: expected none or gzip over gRPC, got "zstd" (from the environment); gzip is used'],
      ],
      'zstdCompress' in zlib
        ? [
            { COMPRESSION: 'zstd', PROTOCOL: 'http/protobuf' },
            { compression: 'zstd' },
            [],
            [
              'COMPRESSION: expected none or gzip with the official exporter, got "zstd" (from the environment); it is ignored',
            ],
          ]
        : [
            { COMPRESSION: 'zstd', PROTOCOL: 'http/protobuf' },
            { compression: 'gzip' },
            [
              'COMPRESSION: expected none or gzip on this Node, got "zstd" (from the environment); gzip is used',
            ],
          ],
    ];
  for (const [names, got, warnings = [], sdkWarnings = []] of cases) {
    test(JSON.stringify(names), () => {
      const env = Object.fromEntries(Object.entries(names).map(([name, text]) => [`${P}${name}`, text]));
      const resolved = resolveOtelEnvironment(env, noFile);
      const { timeoutMs, compression } = resolved.otlp;
      assert.deepEqual({ timeoutMs, compression }, { timeoutMs: 10_000, compression: 'none', ...got });
      assert.deepEqual(
        resolved.warnings,
        warnings.map((warning) => `${P}${warning}`),
      );
      assert.deepEqual(
        resolved.sdkWarnings,
        sdkWarnings.map((warning) => `${P}${warning}`),
      );
    });
  }
});

describe('TLS files', () => {
  const names = {
    [`${P}CERTIFICATE`]: 'ca.pem',
    [`${P}CLIENT_KEY`]: 'key.pem',
    [`${P}CLIENT_CERTIFICATE`]: 'cert.pem',
  };
  let good: Readonly<Record<string, string>> = {};
  let otherKey = '';

  before(async () => {
    const [{ cert, key }, other] = await Promise.all([selfSigned(), selfSigned()]);
    good = { 'ca.pem': cert, 'cert.pem': cert, 'key.pem': key };
    otherKey = other.key;
  });

  function reading(files: Readonly<Record<string, string | undefined>>): ReadFile {
    return (path) => {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error(path), { code: 'ENOENT' });
      return Buffer.from(text);
    };
  }

  test('are looked at where the connection is TLS', () => {
    const ca = `${P}CERTIFICATE: expected a file that can be read, got "ca.pem" (from the environment)`;
    const key = `${P}CLIENT_KEY: expected a file that can be read, got "key.pem" (from the environment)`;
    for (const ENDPOINT of ['https://c:4317', 'c:4317', 'https://c:4318']) {
      const env = { ...names, [`${P}ENDPOINT`]: ENDPOINT };
      assert.deepEqual(problemsOf(env, reading({ 'cert.pem': good['cert.pem'] })), [ca, key]);
      const { tls } = resolveOtelEnvironment(env, reading(good)).otlp;
      assert.deepEqual(tls, { ca: 'ca.pem', cert: 'cert.pem', key: 'key.pem' });
    }
    const plain = resolveOtelEnvironment({ ...names, [`${P}ENDPOINT`]: 'http://c:4317' }, noFile);
    assert.equal(plain.otlp.tls, undefined);
  });

  test('those for logs come first', () => {
    const env = { ...names, [`${P}LOGS_CERTIFICATE`]: 'logs.pem', [`${P}ENDPOINT`]: 'https://c:4317' };
    const files = { ...good, 'ca.pem': undefined, 'logs.pem': good['ca.pem'] };
    assert.equal(resolveOtelEnvironment(env, reading(files)).otlp.tls?.ca, 'logs.pem');
  });

  test('a client key needs its certificate', () => {
    for (const [name, path] of [
      ['CLIENT_KEY', 'key.pem'],
      ['CLIENT_CERTIFICATE', 'cert.pem'],
    ]) {
      const env = { [`${P}${name}`]: path, [`${P}ENDPOINT`]: 'https://c:4317' };
      assert.deepEqual(problemsOf(env, reading(good)), [
        `${P}${name}: expected client key and certificate together, got only one of them (from the environment)`,
      ]);
    }
  });

  const pem = 'expected certificates in PEM, got "ca.pem"';
  const pair = 'expected a key in PEM that fits the client certificate, got "key.pem"';
  const bad: readonly [name: string, files: () => Readonly<Record<string, string>>, problem: string][] = [
    ['an empty authority', () => ({ 'ca.pem': '' }), `CERTIFICATE: ${pem}, no PEM certificate`],
    ['an authority that is none', () => ({ 'ca.pem': 'SECRET' }), `CERTIFICATE: ${pem}, no PEM certificate`],
    [
      'half an authority',
      () => ({ 'ca.pem': `${good['ca.pem']}${good['ca.pem']?.slice(0, 100)}` }),
      `CERTIFICATE: ${pem}, half a PEM certificate`,
    ],
    ['an empty key', () => ({ 'key.pem': '' }), `CLIENT_KEY: ${pair}, the key is empty`],
    ['an empty certificate', () => ({ 'cert.pem': '' }), `CLIENT_KEY: ${pair}, no PEM certificate`],
    ['a key that is none', () => ({ 'key.pem': 'x' }), `CLIENT_KEY: ${pair}, ERR_OSSL_UNSUPPORTED`],
    [
      'the key of another certificate',
      () => ({ 'key.pem': otherKey }),
      `CLIENT_KEY: ${pair}, ERR_OSSL_X509_KEY_VALUES_MISMATCH`,
    ],
  ];
  for (const [name, files, problem] of bad) {
    test(`${name} is refused`, () => {
      const env = { ...names, [`${P}ENDPOINT`]: 'https://c:4317' };
      assert.deepEqual(problemsOf(env, reading({ ...good, ...files() })), [
        `${P}${problem} (from the environment)`,
      ]);
    });
  }

  test('are looked for on disk', () => {
    const env = { [`${P}CERTIFICATE`]: 'no/such/file.pem', [`${P}ENDPOINT`]: 'https://c:4317' };
    assert.throws(() => resolveOtelEnvironment(env), OptionsError);
  });
});
