import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type GivenOptions, resolveOptions } from '../../src/options/options.ts';
import { optionNames, variableOf } from '../../src/options/schema.ts';
import { compileTrust } from '../../src/record/client/trust.ts';
import { DEFAULTS } from './support/defaults.ts';
import { problemsOf } from './support/problems-of.ts';

const PROXIES =
  'a list of IP addresses, CIDRs or the names loopback, linklocal, uniquelocal, cloudflare, unix, ' +
  'or a whole number from 0 to 64 alone, the number of hops';
const RULES = 'a list of "[METHOD ]glob", the glob beginning with / or *';

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
    [{ trustedProxies: 65 }, `trustedProxies: expected ${PROXIES}, got 65 (from code)`],
    [{ trustedProxies: 1.5 }, `trustedProxies: expected ${PROXIES}, got 1.5 (from code)`],
    [{ trustedProxies: '2' }, `trustedProxies: expected ${PROXIES}, got "2" (from code)`],
    [{ trustedProxies: [2] }, `trustedProxies: expected ${PROXIES}, got 2 (from code)`],
    [{ trustedProxies: ['loopback', '2'] }, `trustedProxies: expected ${PROXIES}, got "2" (from code)`],
    [
      { originHeaders: ['x-forwarded-proto', 'host'] },
      'originHeaders: expected a list of x-forwarded-proto, x-forwarded-host, x-forwarded-port, forwarded, ' +
        'got "host" (from code)',
    ],
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
    [{ onLost: true }, 'onLost: expected a function, got true (from code)'],
    [{ maxInFlight: 0 }, 'maxInFlight: expected a whole number ≥ 1, got 0 (from code)'],
    [{ otlpHeadersFile: 5 }, 'otlpHeadersFile: expected the path of a file, got 5 (from code)'],
    [{ spoolDir: 5 }, 'spoolDir: expected the path of a directory, got 5 (from code)'],
    [
      { spoolLimitMib: 7 },
      'spoolLimitMib: expected a whole number ≥ 8, or a size from 8MiB up, in B, KiB, MiB or GiB, got 7 (from code)',
    ],
    [{ spoolFsync: 'yes' }, 'spoolFsync: expected true or false, got "yes" (from code)'],
  ];
  for (const [input, message] of bad) {
    test(message, () => {
      // What a caller without types might pass.
      const untyped = input as GivenOptions;
      assert.deepEqual(
        problemsOf(() => resolveOptions(untyped, {})),
        [message],
      );
    });
  }

  test('header names and networks are compared in lower case', () => {
    const { responseHeaders, trustedProxies } = resolveOptions(
      { responseHeaders: ['Content-Type'], trustedProxies: ['LOOPBACK', 'UNIX'] },
      {},
    );
    assert.deepEqual(
      { responseHeaders, trustedProxies },
      { responseHeaders: ['content-type'], trustedProxies: ['loopback', 'unix'] },
    );
  });
});

test('a network that is accepted can be compiled', () => {
  const host = fc.oneof(
    fc.ipV4(),
    fc.ipV4Extended(),
    fc.ipV6(),
    fc.ipV4().map((address) => `::ffff:${address}`),
  );
  const entry = fc
    .tuple(
      host,
      fc.constantFrom('', '/'),
      fc.constantFrom('', '0', '8', '32', '33', '95', '96', '128', '129', '08', '+8'),
    )
    .map((parts) => parts.join(''));
  const seen = { accepted: 0, refused: 0 };
  fc.assert(
    fc.property(fc.oneof(entry, fc.string()), (network) => {
      const problems = problemsOf(() =>
        compileTrust(resolveOptions({ trustedProxies: [network] }, {}).trustedProxies),
      );
      seen[problems.length === 0 ? 'accepted' : 'refused']++;
    }),
    { numRuns: 3000 },
  );
  assert.ok(seen.accepted > 100 && seen.refused > 100, JSON.stringify(seen));
});

test('all problems are in one message', () => {
  assert.deepEqual(
    problemsOf(() => resolveOptions({ burst: 0, ignore: ['x'] }, { ACCESS_LOG_RATE: 'x' })),
    [
      'ACCESS_LOG_RATE: expected a number ≥ 0, got "x" (from the environment)',
      'burst: expected a whole number ≥ 1, got 0 (from code)',
      `ignore: expected ${RULES}, got "x" (from code)`,
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
          const untyped = input as GivenOptions;
          problemsOf(() => resolveOptions(untyped, {}));
        },
      ),
      { numRuns: 2000 },
    );
  });
});
