import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { OptionsError, resolveOtelEnvironment } from '../../src/options/options.ts';
import { OTEL_DEFAULTS as DEFAULTS } from './support/defaults.ts';

const P = 'OTEL_EXPORTER_OTLP_';
const anyFile = () => Buffer.from('no PEM SECRET');
const noFile = (path: string): never => assert.fail(path);

describe('resolveOtelEnvironment', () => {
  test('what is set and has no effect on the access log is said', () => {
    const env = {
      OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '100',
      OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT: '64',
    };
    assert.deepEqual(resolveOtelEnvironment(env, noFile).warnings, [
      'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT, OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT: without effect on access log ' +
        'records, which have caps of their own',
    ]);
  });

  test('gives the defaults where nothing is set, or only blanks', () => {
    assert.deepEqual(resolveOtelEnvironment({}, noFile), DEFAULTS);
    const blank = {
      OTEL_SDK_DISABLED: '',
      OTEL_LOGS_EXPORTER: ' ',
      OTEL_BLRP_MAX_QUEUE_SIZE: '',
      [`${P}ENDPOINT`]: ' ',
    };
    assert.deepEqual(resolveOtelEnvironment(blank, noFile), DEFAULTS);
  });

  test('reads what is set', () => {
    const env = {
      OTEL_SDK_DISABLED: ' TRUE',
      OTEL_LOGS_EXPORTER: 'Console',
      OTEL_LOG_LEVEL: 'WARN',
      OTEL_BLRP_SCHEDULE_DELAY: '0',
      OTEL_BLRP_EXPORT_TIMEOUT: '0',
      OTEL_BLRP_MAX_QUEUE_SIZE: '100',
      OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: '100',
      OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS: 'GET, purge,,',
    };
    const expected = {
      ...DEFAULTS,
      sdkDisabled: true,
      logsExporter: 'console',
      logLevel: 'warn',
      batch: { scheduleDelayMs: 0, exportTimeoutMs: 2147483647, maxQueueSize: 100, maxExportBatchSize: 100 },
      knownMethods: ['GET', 'purge'],
    };
    assert.deepEqual(resolveOtelEnvironment(env, noFile), expected);
  });

  const ignored: readonly [variable: string, text: string, warning: string][] = [
    ['OTEL_SDK_DISABLED', '1', 'expected one of true, false, got "1" (from the environment); false is used'],
    [
      'OTEL_LOGS_EXPORTER',
      'otlp,console',
      'expected one of otlp, console, none, got "otlp,console" (from the environment); otlp is used',
    ],
    [
      'OTEL_LOG_LEVEL',
      'loud',
      'expected one of none, error, warn, info, debug, verbose, all, got "loud" (from the environment); info is used',
    ],
    [
      'OTEL_BLRP_SCHEDULE_DELAY',
      '-1',
      'expected a whole number from 0 to 2147483647, got "-1" (from the environment); it is ignored',
    ],
    [
      'OTEL_BLRP_EXPORT_TIMEOUT',
      '3e9',
      'expected a whole number from 0 to 2147483647, got "3e9" (from the environment); it is ignored',
    ],
    [
      'OTEL_BLRP_MAX_QUEUE_SIZE',
      '0',
      'expected a whole number ≥ 1, got "0" (from the environment); it is ignored',
    ],
    [
      'OTEL_BLRP_MAX_EXPORT_BATCH_SIZE',
      'x',
      'expected a whole number ≥ 1, got "x" (from the environment); it is ignored',
    ],
    [`${P}TIMEOUT`, '0', 'expected a number > 0, got "0" (from the environment); it is ignored'],
    [`${P}LOGS_TIMEOUT`, '5s', 'expected a number > 0, got "5s" (from the environment); it is ignored'],
    [`${P}COMPRESSION`, 'br', 'expected none, gzip, zstd, got "br" (from the environment); it is ignored'],
  ];
  for (const [variable, text, warning] of ignored) {
    test(`${variable}=${text} is ignored with a warning`, () => {
      assert.deepEqual(resolveOtelEnvironment({ [variable]: text }, noFile), {
        ...DEFAULTS,
        warnings: [`${variable}: ${warning}`],
      });
    });
  }

  test('a batch is not larger than the queue', () => {
    const small = resolveOtelEnvironment({ OTEL_BLRP_MAX_QUEUE_SIZE: '10' }, noFile);
    assert.deepEqual(small.batch, { ...DEFAULTS.batch, maxQueueSize: 10, maxExportBatchSize: 10 });
    assert.deepEqual(small.warnings, []);
    const large = resolveOtelEnvironment({ OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: '5000' }, noFile);
    assert.equal(large.batch.maxExportBatchSize, 2048);
    assert.deepEqual(large.warnings, [
      'OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: expected at most the queue size, 2048, got 5000 (from the environment); 2048 is used',
    ]);
  });
});

test('any environment gives a valid result or an OptionsError, and never tells a secret', () => {
  const anything = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', 'true', '0', '1', '99', 'none'),
  );
  const host = fc.oneof(fc.webAuthority(), fc.string(), fc.constantFrom('c:4317', 'c:4318', 'c:80', ''));
  const endpoint = fc
    .tuple(
      fc.constantFrom('http://', 'https://', '', 'unix://', 'x:'),
      fc.constantFrom('', 'me:SECRET@'),
      host,
    )
    .map((parts) => parts.join(''));
  const headers = fc
    .tuple(anything, fc.constantFrom('=SECRET', '=SECRET%zz', 'SECRET'), anything)
    .map((parts) => parts.join(''));
  const environment = fc.record(
    {
      OTEL_SDK_DISABLED: anything,
      OTEL_LOGS_EXPORTER: anything,
      OTEL_LOG_LEVEL: anything,
      OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS: anything,
      OTEL_BLRP_SCHEDULE_DELAY: anything,
      OTEL_BLRP_EXPORT_TIMEOUT: anything,
      OTEL_BLRP_MAX_QUEUE_SIZE: anything,
      OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: anything,
      [`${P}ENDPOINT`]: endpoint,
      [`${P}HEADERS`]: headers,
      [`${P}PROTOCOL`]: fc.oneof(anything, fc.constantFrom('grpc', 'http/protobuf')),
      [`${P}INSECURE`]: anything,
      [`${P}TIMEOUT`]: anything,
      [`${P}COMPRESSION`]: anything,
      [`${P}CLIENT_KEY`]: anything,
    },
    { requiredKeys: [] },
  );
  const seen = { resolved: 0, refused: 0 };
  fc.assert(
    fc.property(environment, (env) => {
      const told: string[] = [];
      try {
        const { otlp, batch, warnings, sdkWarnings } = resolveOtelEnvironment(env, anyFile);
        told.push(otlp.endpoint, ...warnings, ...sdkWarnings);
        assert.ok(otlp.timeoutMs > 0);
        const { maxExportBatchSize = 1, maxQueueSize = 2048 } = batch;
        assert.ok(maxExportBatchSize >= 1 && maxExportBatchSize <= maxQueueSize);
        assert.ok(batch.exportTimeoutMs > 0 && batch.scheduleDelayMs >= 0);
        seen.resolved++;
      } catch (error) {
        assert.ok(error instanceof OptionsError, String(error));
        told.push(...error.problems);
        seen.refused++;
      }
      for (const line of told) assert.doesNotMatch(line, /SECRET|[\n\r]/);
    }),
    { numRuns: 3000 },
  );
  assert.ok(seen.resolved > 200 && seen.refused > 200, JSON.stringify(seen));
});
