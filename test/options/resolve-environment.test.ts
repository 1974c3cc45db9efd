import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type GivenOptions, resolveOptions, unknownVariables } from '../../src/options/options.ts';
import { DEFAULTS } from './support/defaults.ts';
import { problemsOf } from './support/problems-of.ts';

const PROXIES =
  'a list of IP addresses, CIDRs or the names loopback, linklocal, uniquelocal, cloudflare, unix, ' +
  'or a whole number from 0 to 64 alone, the number of hops';
const RULES = 'a list of "[METHOD ]glob", the glob beginning with / or *';

describe('environment variables', () => {
  const good: readonly [text: string, variable: string, option: keyof GivenOptions, want: unknown][] = [
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
    ['60000', 'ACCESS_LOG_LONG_AFTER_MS', 'longAfterMs', 60_000],
    ['GET /poll,/cometd/**', 'ACCESS_LOG_LONG_POLLS', 'longPolls', ['GET /poll', '/cometd/**']],
    [',', 'ACCESS_LOG_SENSITIVE_PATHS', 'sensitivePaths', []],
    ['X-Real-IP,Forwarded', 'ACCESS_LOG_CLIENT_IP_HEADERS', 'clientIpHeaders', ['x-real-ip', 'forwarded']],
    [
      'X-Forwarded-Host , forwarded',
      'ACCESS_LOG_ORIGIN_HEADERS',
      'originHeaders',
      ['x-forwarded-host', 'forwarded'],
    ],
    [',', 'ACCESS_LOG_ORIGIN_HEADERS', 'originHeaders', []],
    ['2', 'ACCESS_LOG_TRUSTED_PROXIES', 'trustedProxies', 2],
    [' 0 ', 'ACCESS_LOG_TRUSTED_PROXIES', 'trustedProxies', 0],
    ['64', 'ACCESS_LOG_TRUSTED_PROXIES', 'trustedProxies', 64],
    ['Unix,10.0.0.0/8', 'ACCESS_LOG_TRUSTED_PROXIES', 'trustedProxies', ['unix', '10.0.0.0/8']],
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
    ...[
      ['2,loopback', '"2"'],
      ['loopback,2', '"2"'],
      ['2,3', '"2", "3"'],
      ['2,', '"2"'],
    ].map(([text = '', got]): [string, string, string] => [
      'ACCESS_LOG_TRUSTED_PROXIES',
      text,
      `ACCESS_LOG_TRUSTED_PROXIES: expected ${PROXIES}, got ${got} (from the environment)`,
    ]),
    ...['-1', '+2', '2.5', '65', '1e1', '0x2'].map((text): [string, string, string] => [
      'ACCESS_LOG_TRUSTED_PROXIES',
      text,
      `ACCESS_LOG_TRUSTED_PROXIES: expected ${PROXIES}, got ${JSON.stringify(text)} (from the environment)`,
    ]),
    [
      'ACCESS_LOG_ORIGIN_HEADERS',
      'x-forwarded-proto,x-forwarded-scheme',
      'ACCESS_LOG_ORIGIN_HEADERS: expected a list of x-forwarded-proto, x-forwarded-host, x-forwarded-port, forwarded, ' +
        'got "x-forwarded-scheme" (from the environment)',
    ],
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
      'ACCESS_LOG_SLOW_MS: expected a number ≥ 0, or a time such as 250ms, 2s or 5m, got "NaN" (from the environment)',
    ],
    [
      'ACCESS_LOG_SHUTDOWN_TIMEOUT_MS',
      '2147483648',
      'ACCESS_LOG_SHUTDOWN_TIMEOUT_MS: expected a number from 0 to 2147483647, or a time such as 250ms, 2s or 5m, ' +
        'got "2147483648" (from the environment)',
    ],
    [
      'ACCESS_LOG_LEVEL',
      'warning',
      'ACCESS_LOG_LEVEL: expected one of trace, debug, info, warn, error, fatal, got "warning" (from the environment)',
    ],
    [
      'ACCESS_LOG_CLIENT_IP',
      'hashed',
      'ACCESS_LOG_CLIENT_IP: expected one of full, truncated, hash, none, got "hashed" (from the environment)',
    ],
    [
      'ACCESS_LOG_BODY',
      'off',
      'ACCESS_LOG_BODY: expected one of line, json, combined, got "off" (from the environment)',
    ],
    [
      'ACCESS_LOG_STDOUT',
      'true',
      'ACCESS_LOG_STDOUT: expected one of auto, off, line, json, combined, got "true" (from the environment)',
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
      `ACCESS_LOG_TRUSTED_PROXIES: expected ${PROXIES}, got "10.0.0.0/33", "localhost" (from the environment)`,
    ],
    [
      'ACCESS_LOG_TRUSTED_PROXIES',
      '10,010.0.0.1/8,fe80::1%eth0',
      `ACCESS_LOG_TRUSTED_PROXIES: expected ${PROXIES}, got "10", "010.0.0.1/8", "fe80::1%eth0" (from the environment)`,
    ],
    [
      'ACCESS_LOG_TRUSTED_PROXIES',
      '::ffff:10.0.0.0/95,::1/129',
      `ACCESS_LOG_TRUSTED_PROXIES: expected ${PROXIES}, got "::ffff:10.0.0.0/95", "::1/129" (from the environment)`,
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
  ];
  for (const [variable, text, message] of bad) {
    test(`${JSON.stringify(variable)}=${JSON.stringify(text.slice(0, 20))} is refused`, () => {
      assert.deepEqual(
        problemsOf(() => resolveOptions({}, { [variable]: text })),
        [message],
      );
    });
  }

  test('variables of others are not looked at', () => {
    const others = { access_log_rate: 'x', MY_ACCESS_LOG_RATE: 'x', ACCESS_LOGGER: 'x', RATE: 'x' };
    assert.deepEqual(resolveOptions({}, others), DEFAULTS);
    assert.deepEqual(unknownVariables(others), []);
  });
});

describe('a variable that begins with ACCESS_LOG_ and is no option', () => {
  const cases: readonly [variable: string, text: string, line: string][] = [
    ['ACCESS_LOG_RATES', '5', 'ACCESS_LOG_RATES: no such option, did you mean ACCESS_LOG_RATE?'],
    ['ACCESS_LOG_SLOWMS', '5', 'ACCESS_LOG_SLOWMS: no such option, did you mean ACCESS_LOG_SLOW_MS?'],
    ['ACCESS_LOG_PATH', '/var', 'ACCESS_LOG_PATH: no such option'],
    [
      'ACCESS_LOG_CONFIG_FILE',
      'a.yaml',
      'ACCESS_LOG_CONFIG_FILE: no such option, did you mean ACCESS_LOG_CONFIG?',
    ],
    ['ACCESS_LOG_SKIP', 'x', 'ACCESS_LOG_SKIP: no such option'],
    ['ACCESS_LOG_\n', 'x', '"ACCESS_LOG_\\n": no such option'],
    ['ACCESS_LOG_SERVICE_PORT', '4317', 'ACCESS_LOG_SERVICE_PORT: no such option'],
  ];
  for (const [variable, text, line] of cases) {
    test(`${JSON.stringify(variable)} is ignored with a warning`, () => {
      const env = { [variable]: text };
      assert.deepEqual(resolveOptions({}, env), DEFAULTS);
      assert.deepEqual(unknownVariables(env), [`${line} (from the environment); ignored`]);
    });
  }

  test('without a value it is not set', () => {
    assert.deepEqual(unknownVariables({ ACCESS_LOG_FOO: ' ', ACCESS_LOG_BAR: undefined }), []);
  });

  test('of many, ten are named and the others counted', () => {
    const env = Object.fromEntries(
      Array.from({ length: 13 }, (_, index) => [`ACCESS_LOG_QQ_${index}Z`, 'x']),
    );
    const lines = unknownVariables(env);
    assert.equal(lines.length, 11);
    assert.equal(lines.at(-1), 'and 3 more names that are no options (from the environment); ignored');
  });
});
