import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type AccessLogOptions, OptionsError, resolveOptions } from '../../src/options/options.ts';
import { optionNames, variableOf } from '../../src/options/schema.ts';

const DEFAULTS = {
  enabled: true,
  level: 'info',
  rate: 1000,
  burst: 2000,
  errorRate: 200,
  errorBurst: 1000,
  slowMs: 1000,
  ignore: [],
  noise: [],
  sensitivePaths: ['/login', '/oauth/**', '/token'],
  trustedProxies: [],
  clientIpHeaders: ['forwarded', 'x-forwarded-for'],
  clientIp: 'full',
  requestHeaders: [],
  responseHeaders: [],
  body: 'line',
  stdout: 'off',
  tracing: 'auto',
  propagate: false,
  shutdownTimeoutMs: 5000,
  skip: undefined,
  attributes: undefined,
};

const NETWORKS = 'a list of IP addresses, CIDRs or the names loopback, linklocal, uniquelocal, cloudflare';
const RULES = 'a list of "[METHOD ]glob", the glob beginning with / or *';

function problemsOf(resolve: () => unknown): readonly string[] {
  try {
    resolve();
  } catch (error) {
    assert.ok(error instanceof OptionsError);
    assert.ok(error instanceof TypeError);
    assert.equal(error.name, 'OptionsError');
    assert.equal(error.message, error.problems.join('\n'));
    return error.problems;
  }
  return [];
}

describe('resolveOptions', () => {
  test('gives the defaults where nothing is set', () => {
    assert.deepEqual(resolveOptions({}, {}), DEFAULTS);
    assert.deepEqual(resolveOptions(undefined, {}), DEFAULTS);
  });

  test('takes code before the environment, and the environment before the default', () => {
    const env = { ACCESS_LOG_RATE: '5', ACCESS_LOG_BURST: '6' };
    const { rate, burst, errorRate } = resolveOptions({ rate: 7, errorRate: undefined }, env);
    assert.deepEqual({ rate, burst, errorRate }, { rate: 7, burst: 6, errorRate: 200 });
  });

  test('does not look at a variable that code overrides', () => {
    assert.equal(resolveOptions({ rate: 7 }, { ACCESS_LOG_RATE: 'fast' }).rate, 7);
  });

  test('reads process.env where no environment is given', () => {
    process.env.ACCESS_LOG_SLOW_MS = '123';
    try {
      assert.equal(resolveOptions().slowMs, 123);
    } finally {
      delete process.env.ACCESS_LOG_SLOW_MS;
    }
  });

  test('freezes the result and its lists, and leaves the input alone', () => {
    const ignore = ['/health'];
    const resolved = resolveOptions({ ignore }, { ACCESS_LOG_NOISE: '/a' });
    for (const value of [resolved, resolved.ignore, resolved.noise, resolved.sensitivePaths]) {
      assert.ok(Object.isFrozen(value));
    }
    ignore.push('/later');
    assert.deepEqual(resolved.ignore, ['/health']);
  });

  test('keeps the hooks', () => {
    const skip = () => true;
    const attributes = () => ({ 'app.tenant': 'a' });
    const resolved = resolveOptions({ skip, attributes }, {});
    assert.equal(resolved.skip, skip);
    assert.equal(resolved.attributes, attributes);
  });
});

describe('environment variables', () => {
  const good: readonly [text: string, variable: string, option: keyof AccessLogOptions, want: unknown][] = [
    ['', 'ACCESS_LOG_RATE', 'rate', 1000],
    ['  ', 'ACCESS_LOG_LEVEL', 'level', 'info'],
    ['false', 'ACCESS_LOG_ENABLED', 'enabled', false],
    [' FALSE ', 'ACCESS_LOG_ENABLED', 'enabled', false],
    ['True', 'ACCESS_LOG_PROPAGATE', 'propagate', true],
    ['0.25', 'ACCESS_LOG_RATE', 'rate', 0.25],
    ['0', 'ACCESS_LOG_ERROR_RATE', 'errorRate', 0],
    ['1e3', 'ACCESS_LOG_BURST', 'burst', 1000],
    [' 1 ', 'ACCESS_LOG_ERROR_BURST', 'errorBurst', 1],
    ['0.5', 'ACCESS_LOG_SLOW_MS', 'slowMs', 0.5],
    ['2147483647', 'ACCESS_LOG_SHUTDOWN_TIMEOUT_MS', 'shutdownTimeoutMs', 2147483647],
    ['WARN', 'ACCESS_LOG_LEVEL', 'level', 'warn'],
    ['truncated', 'ACCESS_LOG_CLIENT_IP', 'clientIp', 'truncated'],
    ['Combined', 'ACCESS_LOG_BODY', 'body', 'combined'],
    ['json', 'ACCESS_LOG_STDOUT', 'stdout', 'json'],
    ['spans', 'ACCESS_LOG_TRACING', 'tracing', 'spans'],
    [' /health , ,GET /metrics,', 'ACCESS_LOG_IGNORE', 'ignore', ['/health', 'GET /metrics']],
    ['*.map', 'ACCESS_LOG_NOISE', 'noise', ['*.map']],
    [',', 'ACCESS_LOG_SENSITIVE_PATHS', 'sensitivePaths', []],
    ['X-Real-IP,Forwarded', 'ACCESS_LOG_CLIENT_IP_HEADERS', 'clientIpHeaders', ['x-real-ip', 'forwarded']],
    ['X-Request-Id', 'ACCESS_LOG_REQUEST_HEADERS', 'requestHeaders', ['x-request-id']],
    ['ETag', 'ACCESS_LOG_RESPONSE_HEADERS', 'responseHeaders', ['etag']],
    [
      'Loopback,10.0.0.0/8,192.168.1.1,FE80::/10,::1,::ffff:10.0.0.0/104,cloudflare',
      'ACCESS_LOG_TRUSTED_PROXIES',
      'trustedProxies',
      ['loopback', '10.0.0.0/8', '192.168.1.1', 'fe80::/10', '::1', '::ffff:10.0.0.0/104', 'cloudflare'],
    ],
  ];
  for (const [text, variable, option, want] of good) {
    test(`${variable}=${JSON.stringify(text)}`, () => {
      assert.deepEqual(resolveOptions({}, { [variable]: text })[option], want);
    });
  }

  const long = 'x'.repeat(200);
  const bad: readonly [variable: string, text: string, message: string][] = [
    ['ACCESS_LOG_ENABLED', '1', 'ACCESS_LOG_ENABLED: expected true or false, got "1" (from the environment)'],
    [
      'ACCESS_LOG_PROPAGATE',
      'yes',
      'ACCESS_LOG_PROPAGATE: expected true or false, got "yes" (from the environment)',
    ],
    ['ACCESS_LOG_RATE', 'fast', 'ACCESS_LOG_RATE: expected a number ≥ 0, got "fast" (from the environment)'],
    ['ACCESS_LOG_RATE', '-1', 'ACCESS_LOG_RATE: expected a number ≥ 0, got "-1" (from the environment)'],
    [
      'ACCESS_LOG_RATE',
      '1e999',
      'ACCESS_LOG_RATE: expected a number ≥ 0, got "1e999" (from the environment)',
    ],
    [
      'ACCESS_LOG_RATE',
      '1 000',
      'ACCESS_LOG_RATE: expected a number ≥ 0, got "1 000" (from the environment)',
    ],
    [
      'ACCESS_LOG_BURST',
      '0',
      'ACCESS_LOG_BURST: expected a whole number ≥ 1, got "0" (from the environment)',
    ],
    [
      'ACCESS_LOG_BURST',
      '1.5',
      'ACCESS_LOG_BURST: expected a whole number ≥ 1, got "1.5" (from the environment)',
    ],
    [
      'ACCESS_LOG_SLOW_MS',
      'NaN',
      'ACCESS_LOG_SLOW_MS: expected a number ≥ 0, got "NaN" (from the environment)',
    ],
    [
      'ACCESS_LOG_SHUTDOWN_TIMEOUT_MS',
      '2147483648',
      'ACCESS_LOG_SHUTDOWN_TIMEOUT_MS: expected a number from 0 to 2147483647, got "2147483648" (from the environment)',
    ],
    [
      'ACCESS_LOG_LEVEL',
      'warning',
      'ACCESS_LOG_LEVEL: expected one of trace, debug, info, warn, error, fatal, got "warning" (from the environment)',
    ],
    [
      'ACCESS_LOG_CLIENT_IP',
      'hash',
      'ACCESS_LOG_CLIENT_IP: expected one of full, truncated, none, got "hash" (from the environment)',
    ],
    [
      'ACCESS_LOG_BODY',
      'off',
      'ACCESS_LOG_BODY: expected one of line, json, combined, got "off" (from the environment)',
    ],
    [
      'ACCESS_LOG_STDOUT',
      'true',
      'ACCESS_LOG_STDOUT: expected one of off, line, json, combined, got "true" (from the environment)',
    ],
    [
      'ACCESS_LOG_TRACING',
      'on\n',
      'ACCESS_LOG_TRACING: expected one of auto, context, spans, off, got "on\\n" (from the environment)',
    ],
    [
      'ACCESS_LOG_IGNORE',
      '/ok,health,GET  ,get /x y',
      `ACCESS_LOG_IGNORE: expected ${RULES}, got "health", "GET", "get /x y" (from the environment)`,
    ],
    [
      'ACCESS_LOG_NOISE',
      '/v[12],/a\\b',
      `ACCESS_LOG_NOISE: expected ${RULES}, got "/v[12]", "/a\\\\b" (from the environment)`,
    ],
    [
      'ACCESS_LOG_SENSITIVE_PATHS',
      'a,b,c,d,e',
      `ACCESS_LOG_SENSITIVE_PATHS: expected ${RULES}, got "a", "b", "c" and 2 more (from the environment)`,
    ],
    [
      'ACCESS_LOG_TRUSTED_PROXIES',
      '10.0.0.0/33,localhost',
      `ACCESS_LOG_TRUSTED_PROXIES: expected ${NETWORKS}, got "10.0.0.0/33", "localhost" (from the environment)`,
    ],
    [
      'ACCESS_LOG_TRUSTED_PROXIES',
      '10,010.0.0.1/8,fe80::1%eth0',
      `ACCESS_LOG_TRUSTED_PROXIES: expected ${NETWORKS}, got "10", "010.0.0.1/8", "fe80::1%eth0" (from the environment)`,
    ],
    [
      'ACCESS_LOG_REQUEST_HEADERS',
      'x-ok,x y,ü',
      'ACCESS_LOG_REQUEST_HEADERS: expected a list of header names, got "x y", "ü" (from the environment)',
    ],
    [
      'ACCESS_LOG_BODY',
      long,
      `ACCESS_LOG_BODY: expected one of line, json, combined, got "${'x'.repeat(80)}…" (from the environment)`,
    ],
    [
      'ACCESS_LOG_RATES',
      '5',
      'ACCESS_LOG_RATES: no such option, did you mean ACCESS_LOG_RATE? (from the environment)',
    ],
    [
      'ACCESS_LOG_SLOWMS',
      '5',
      'ACCESS_LOG_SLOWMS: no such option, did you mean ACCESS_LOG_SLOW_MS? (from the environment)',
    ],
    ['ACCESS_LOG_PIPELINE', 'sdk', 'ACCESS_LOG_PIPELINE: no such option (from the environment)'],
    ['ACCESS_LOG_CONFIG', 'a.yaml', 'ACCESS_LOG_CONFIG: no such option (from the environment)'],
    ['ACCESS_LOG_SKIP', 'x', 'ACCESS_LOG_SKIP: no such option (from the environment)'],
    ['ACCESS_LOG_\n', 'x', '"ACCESS_LOG_\\n": no such option (from the environment)'],
  ];
  for (const [variable, text, message] of bad) {
    test(`${JSON.stringify(variable)}=${JSON.stringify(text.slice(0, 20))} is refused`, () => {
      assert.deepEqual(
        problemsOf(() => resolveOptions({}, { [variable]: text })),
        [message],
      );
    });
  }

  test('an unknown variable without a value is not set', () => {
    assert.deepEqual(resolveOptions({}, { ACCESS_LOG_FOO: ' ', ACCESS_LOG_BAR: undefined }), DEFAULTS);
  });

  test('variables of others are not looked at', () => {
    assert.deepEqual(
      resolveOptions({}, { access_log_rate: 'x', MY_ACCESS_LOG_RATE: 'x', RATE: 'x' }),
      DEFAULTS,
    );
  });
});

describe('values from code', () => {
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  const bad: readonly [input: unknown, message: string][] = [
    [null, 'options: expected an object, got null (from code)'],
    ['rate=1', 'options: expected an object, got "rate=1" (from code)'],
    [[], 'options: expected an object, got an array (from code)'],
    [{ rate: -1 }, 'rate: expected a number ≥ 0, got -1 (from code)'],
    [{ rate: '5' }, 'rate: expected a number ≥ 0, got "5" (from code)'],
    [{ rate: Number.NaN }, 'rate: expected a number ≥ 0, got NaN (from code)'],
    [{ rate: Number.POSITIVE_INFINITY }, 'rate: expected a number ≥ 0, got Infinity (from code)'],
    [{ rate: 5n }, 'rate: expected a number ≥ 0, got 5n (from code)'],
    [{ rate: null }, 'rate: expected a number ≥ 0, got null (from code)'],
    [{ rate: Symbol('s') }, 'rate: expected a number ≥ 0, got Symbol(s) (from code)'],
    [{ errorBurst: 0 }, 'errorBurst: expected a whole number ≥ 1, got 0 (from code)'],
    [{ enabled: 'true' }, 'enabled: expected true or false, got "true" (from code)'],
    [{ body: 'JSON' }, 'body: expected one of line, json, combined, got "JSON" (from code)'],
    [{ ignore: '/health' }, `ignore: expected ${RULES}, got "/health" (from code)`],
    [{ ignore: { length: 1 } }, `ignore: expected ${RULES}, got an object (from code)`],
    [{ ignore: ['/a', 5, () => 1] }, `ignore: expected ${RULES}, got 5, a function (from code)`],
    [{ requestHeaders: cyclic }, 'requestHeaders: expected a list of header names, got an array (from code)'],
    [{ skip: '/health' }, 'skip: expected a function, got "/health" (from code)'],
    [{ attributes: {} }, 'attributes: expected a function, got an object (from code)'],
    [{ trusted_proxies: [] }, 'trusted_proxies: no such option, did you mean trustedProxies? (from code)'],
    [{ ACCESS_LOG_RATE: 5 }, 'ACCESS_LOG_RATE: no such option, did you mean rate? (from code)'],
    [
      { shutdownTimeoutMillis: 5 },
      'shutdownTimeoutMillis: no such option, did you mean shutdownTimeoutMs? (from code)',
    ],
    [{ constructor: 5 }, 'constructor: no such option (from code)'],
    [JSON.parse('{"__proto__":{"rate":5}}'), '__proto__: no such option (from code)'],
    [{ onLost: () => 1 }, 'onLost: no such option (from code)'],
  ];
  for (const [input, message] of bad) {
    test(message, () => {
      // What a caller without types might pass.
      const untyped = input as AccessLogOptions;
      assert.deepEqual(
        problemsOf(() => resolveOptions(untyped, {})),
        [message],
      );
    });
  }

  test('header names and networks are compared in lower case', () => {
    const { responseHeaders, trustedProxies } = resolveOptions(
      { responseHeaders: ['Content-Type'], trustedProxies: ['LOOPBACK'] },
      {},
    );
    assert.deepEqual(
      { responseHeaders, trustedProxies },
      { responseHeaders: ['content-type'], trustedProxies: ['loopback'] },
    );
  });
});

test('all problems are in one message', () => {
  assert.deepEqual(
    problemsOf(() =>
      resolveOptions({ burst: 0, ignore: ['x'] }, { ACCESS_LOG_RATE: 'x', ACCESS_LOG_X: '1' }),
    ),
    [
      'ACCESS_LOG_RATE: expected a number ≥ 0, got "x" (from the environment)',
      'burst: expected a whole number ≥ 1, got 0 (from code)',
      `ignore: expected ${RULES}, got "x" (from code)`,
      'ACCESS_LOG_X: no such option (from the environment)',
    ],
  );
});

describe('any environment', () => {
  const known = optionNames.map(variableOf);
  const plausible = fc.constantFrom(
    ...['', ' ', ',', 'true', 'FALSE', '0', '1', '-1', '0.5', '1e400', 'info', 'json', 'off', 'full', 'auto'],
    ...['/health', '*', 'GET /x/**', 'x-id', 'loopback,::1', '10.0.0.0/8', '__proto__'],
  );
  const anything = fc.oneof(plausible, fc.string({ unit: 'binary' }), fc.string());
  const names = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...known) },
    { weight: 1, arbitrary: fc.string().map((rest) => `ACCESS_LOG_${rest}`) },
    { weight: 1, arbitrary: fc.string() },
  );

  test('gives options that resolve to themselves, or problems of one line', () => {
    const seen = { resolved: 0, refused: 0 };
    fc.assert(
      fc.property(fc.dictionary(names, anything, { maxKeys: 4 }), (env) => {
        const problems = problemsOf(() => {
          const resolved = resolveOptions({}, env);
          assert.deepEqual(resolveOptions(resolved, {}), resolved);
          assert.deepEqual(Object.keys(resolved), Object.keys(DEFAULTS));
        });
        for (const line of problems) {
          assert.match(line, /^[^\n\r]{1,600} \(from the environment\)$/);
        }
        seen[problems.length === 0 ? 'resolved' : 'refused']++;
      }),
      { numRuns: 2000 },
    );
    assert.ok(seen.resolved > 100 && seen.refused > 100, JSON.stringify(seen));
  });

  test('a value from code that is no option is a problem, never another error', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.oneof(fc.constantFrom(...optionNames), fc.string()), fc.anything()),
        (input) => {
          const untyped = input as AccessLogOptions;
          problemsOf(() => resolveOptions(untyped, {}));
        },
      ),
      { numRuns: 2000 },
    );
  });
});
