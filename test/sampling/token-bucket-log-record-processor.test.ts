import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { diag } from '@opentelemetry/api';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchLogRecordProcessor,
  InMemoryLogRecordExporter,
  LoggerProvider,
  type LogRecordProcessor,
  type ReadableLogRecord,
} from '@opentelemetry/sdk-logs';
import { countSkipped } from '../../src/sampling/skipped-exchanges.ts';
import {
  TokenBucketLogRecordProcessor,
  type TokenBucketOptions,
} from '../../src/sampling/token-bucket-log-record-processor.ts';
import { PROCESS_ID } from '../../src/telemetry/heartbeat.ts';
import { keepAlive } from '../support/keep-alive.ts';
import type { TestOwner } from '../support/owner.ts';
import { NotingProcessor, OF_ORDERS } from './support/records.ts';

const resource = resourceFromAttributes({ 'service.name': 'shop' });

class KeepingExporter extends InMemoryLogRecordExporter {
  readonly exported: ReadableLogRecord[] = [];

  override export(...[records, done]: Parameters<InMemoryLogRecordExporter['export']>): void {
    this.exported.push(...records);
    super.export(records, done);
  }
}

/** An application's own SDK with our processor in it. */
/** One client on one route: it has the whole rate. */
function application(given: TokenBucketOptions) {
  const options = { share: 1, ...given };
  const exporter = new KeepingExporter();
  const processor = new TokenBucketLogRecordProcessor(options, new BatchLogRecordProcessor({ exporter }));
  const provider = new LoggerProvider({ resource, processors: [processor] });
  const logger = provider.getLogger('otel-access-log', '1.2.3');
  const serve = (
    attributes: Record<string, string | number> = {},
    severityNumber = SeverityNumber.INFO,
  ): void =>
    logger.emit({
      eventName: 'access_log.request',
      severityNumber,
      body: 'GET /orders/42',
      attributes: { ...OF_ORDERS, ...attributes },
    });
  return { exporter, processor, provider, serve };
}

/** Everything but the timestamps, which must increase. */
function contents(records: readonly ReadableLogRecord[]): object[] {
  const ours = records.filter(({ eventName }) => eventName !== 'access_log.request');
  const times = ours.map(({ hrTime: [seconds, nanos] }) => BigInt(seconds) * 1_000_000_000n + BigInt(nanos));
  times.reduce((previous, time) => {
    assert.ok(time > previous);
    return time;
  }, 0n);
  return records.map((record) => {
    const { eventName, severityNumber, severityText, body, attributes } = record;
    return { eventName, severityNumber, severityText, body, attributes: { ...attributes } };
  });
}

describe("TokenBucketLogRecordProcessor in an application's SDK", () => {
  test('whole records: kept, carrying, reported, totals; in this order at shutdown', async () => {
    const { exporter, provider, serve } = application({ rate: 0, burst: 1, errorRate: 0, errorBurst: 2 });
    serve();
    serve();
    serve();
    serve({ 'http.response.status_code': 500 }, SeverityNumber.ERROR);
    serve({ 'http.response.status_code': 500 }, SeverityNumber.ERROR);
    serve({ 'http.response.status_code': 502 }, SeverityNumber.ERROR);
    await provider.shutdown();
    const windowStart = exporter.exported.at(-2)?.attributes['access_log.window_start'];
    assert.match(String(windowStart), /^1[0-9]{18}$/);
    const request = { eventName: 'access_log.request', severityText: undefined, body: 'GET /orders/42' };
    const failed = { ...OF_ORDERS, 'http.response.status_code': 500 };
    const suppressed = (count: number, statusClass: string): object => ({
      eventName: 'access_log.suppressed',
      severityNumber: 13,
      severityText: 'WARN',
      body: `suppressed ${count} ${count === 1 ? 'record' : 'records'} of /orders/:id ${statusClass}`,
      attributes: {
        'access_log.event': 'suppressed',
        'http.route': '/orders/:id',
        'access_log.status_class': statusClass,
        'access_log.count': count,
        'access_log.window_start': windowStart,
        'access_log.reason': 'rate',
      },
    });
    assert.deepEqual(contents(exporter.exported), [
      { ...request, severityNumber: 9, attributes: OF_ORDERS },
      { ...request, severityNumber: 17, attributes: failed },
      { ...request, severityNumber: 17, attributes: failed },
      suppressed(2, '2xx'),
      suppressed(1, '5xx'),
      {
        eventName: 'access_log.heartbeat',
        severityNumber: 9,
        severityText: 'INFO',
        body: 'heartbeat: served 6, ignored 0, suppressed 3, kept 3',
        attributes: {
          'access_log.event': 'heartbeat',
          'access_log.total.served': 6,
          'access_log.total.ignored': 0,
          'access_log.total.suppressed': 3,
          'access_log.total.kept': 3,
          'access_log.mode': 'normal',
          'access_log.process_id': PROCESS_ID,
          'access_log.final': true,
        },
      },
    ]);
    for (const record of exporter.exported) {
      assert.equal(record.resource, resource);
      assert.deepEqual(record.instrumentationScope, {
        name: 'otel-access-log',
        version: '1.2.3',
        schemaUrl: undefined,
      });
    }
  });

  test('what the bucket let go by is carried by the next record of the key', (t) => {
    let nowMs = 0;
    t.mock.method(performance, 'now', () => nowMs);
    const next = new NotingProcessor();
    const processor = new TokenBucketLogRecordProcessor({ rate: 0.5, burst: 1 }, next);
    const logger = new LoggerProvider({ processors: [processor] }).getLogger('any');
    for (nowMs = 0; nowMs <= 4000; nowMs += 500) {
      logger.emit({ eventName: 'access_log.request', attributes: OF_ORDERS });
    }
    assert.deepEqual(
      next.records.map(({ attributes }) => attributes['access_log.suppressed_before']),
      [undefined, 3, 3],
    );
  });

  test("an application's own logs pass, whatever the bucket says", async () => {
    const { exporter, provider, serve } = application({ rate: 0, burst: 1 });
    const logger = provider.getLogger('shop');
    serve();
    for (let i = 0; i < 50; i++) logger.emit({ body: `line ${i}`, severityNumber: SeverityNumber.DEBUG });
    logger.emit({ eventName: 'shop.sold', body: 'one' });
    await provider.forceFlush();
    assert.equal(exporter.exported.length, 52);
  });

  test('select: other events are sampled', async () => {
    const { exporter, processor, provider, serve } = application({
      rate: 0,
      burst: 1,
      select: ['shop.sold'],
    });
    const logger = provider.getLogger('shop');
    for (let i = 0; i < 5; i++) serve();
    for (let i = 0; i < 5; i++) logger.emit({ eventName: 'shop.sold', body: 'one' });
    countSkipped();
    await provider.forceFlush();
    assert.equal(exporter.exported.length, 6);
    assert.deepEqual(processor.totals(), { served: 5, ignored: 0, suppressed: 4, kept: 1 });
    await provider.shutdown();
    assert.equal(exporter.exported.at(-2)?.body, 'suppressed 4 records of _OTHER');
  });

  test('exchanges that a skip hook left out count as ignored, until the end', async () => {
    const { processor, provider, serve } = application({});
    serve();
    countSkipped();
    await provider.shutdown();
    countSkipped();
    assert.deepEqual(processor.totals(), { served: 2, ignored: 1, suppressed: 0, kept: 1 });
  });

  test('an error of the wrapped processor is logged by diag once and never reaches the request', (t) => {
    const logged = t.mock.fn();
    diag.setLogger(
      { error: logged, warn() {}, info() {}, debug() {}, verbose() {} },
      { suppressOverrideMessage: true },
    );
    const next = new NotingProcessor();
    next.onEmit = () => {
      throw new Error('broken');
    };
    const processor: LogRecordProcessor = new TokenBucketLogRecordProcessor({}, next);
    const logger = new LoggerProvider({ processors: [processor] }).getLogger('any');
    for (let i = 0; i < 3; i++) logger.emit({ eventName: 'access_log.request', attributes: OF_ORDERS });
    assert.equal(logged.mock.callCount(), 1);
    assert.match(String(logged.mock.calls[0]?.arguments[0]), /behind the token bucket/);
  });
  afterEach(() => diag.disable());
});

describe('options', () => {
  const next = new NotingProcessor();
  for (const [what, options, message] of [
    ['a rate below 0', { rate: -1 }, /rate: expected .*, got -1 \(from code\)/],
    ['an option that does not exist', { rte: 1 }, /rte: no such option, did you mean rate\?/],
    ['a path rule of another form', { ignore: ['health'] }, /ignore: expected .*, got "health"/],
    [
      'select that is no list',
      { select: 'a' },
      /select: expected a list of event names, got "a" \(from code\)/,
    ],
    [
      'select with a nameless event',
      { select: [''] },
      /select: expected a list of event names, got an array/,
    ],
    ['no options at all', null, /options: expected an object, got null/],
    ['a text', 'fast', /options: expected an object, got "fast"/],
  ] as const) {
    test(`refuses ${what}`, () => {
      assert.throws(
        () => Reflect.construct(TokenBucketLogRecordProcessor, [options, next]),
        (error) => {
          assert.ok(error instanceof TypeError);
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }

  for (const given of [undefined, null, {}, { onEmit: true }]) {
    test(`refuses ${JSON.stringify(given)} as the next processor`, () => {
      assert.throws(() => Reflect.construct(TokenBucketLogRecordProcessor, [{}, given]), {
        name: 'OptionsError',
        message: /next: expected a log record processor, got/,
      });
    });
  }
});

describe('TokenBucketLogRecordProcessor with a rules file', () => {
  function files(owner: TestOwner, text: string) {
    keepAlive(owner);
    const folder = mkdtempSync(join(tmpdir(), 'rules-'));
    owner.after(() => rm(folder, { recursive: true }));
    const rules = join(folder, 'rules.yaml');
    const replace = (content: string): void => {
      writeFileSync(`${rules}.new`, content);
      renameSync(`${rules}.new`, rules);
    };
    replace(text);
    return { rules, replace };
  }

  test('its settings win, and the heartbeat says so', async (t) => {
    const { rules } = files(t, 'version: 1\nruntime: { level: warn, burst: 1, rate: 0 }\n');
    const { exporter, provider, serve } = application({ rules, burst: 100, level: 'info' });
    serve({}, SeverityNumber.WARN);
    serve({}, SeverityNumber.WARN);
    serve();
    await provider.shutdown();
    const [request, event, , heartbeat] = exporter.exported;
    const hash = event?.attributes['access_log.rules.hash'];
    assert.match(String(hash), /^[0-9a-f]{8}$/);
    assert.equal(request?.eventName, 'access_log.request');
    const inForce = {
      'access_log.rules.hash': hash,
      'access_log.rules.stale': false,
      'access_log.rules.runtime': ['level=warn', 'burst=1', 'rate=0'],
    };
    assert.deepEqual(contents([event, heartbeat].filter((record) => record !== undefined)), [
      {
        eventName: 'access_log.rules',
        severityNumber: 9,
        severityText: 'INFO',
        body: `in force: rules ${hash}, with level=warn, burst=1, rate=0`,
        attributes: { 'access_log.event': 'rules', ...inForce },
      },
      {
        eventName: 'access_log.heartbeat',
        severityNumber: 9,
        severityText: 'INFO',
        body: 'heartbeat: served 3, ignored 1, suppressed 1, kept 1',
        attributes: {
          'access_log.event': 'heartbeat',
          'access_log.total.served': 3,
          'access_log.total.ignored': 1,
          'access_log.total.suppressed': 1,
          'access_log.total.kept': 1,
          ...inForce,
          'access_log.mode': 'normal',
          'access_log.process_id': PROCESS_ID,
          'access_log.final': true,
        },
      },
    ]);
  });

  test('a change before the first record is followed with it; nothing is checked before', async (t) => {
    const { rules, replace } = files(t, 'version: 1\nruntime: { level: fatal }\n');
    const { exporter, provider, serve } = application({ rules });
    replace('version: 1\n');
    const loaded = (): number =>
      exporter.getFinishedLogRecords().filter(({ eventName }) => eventName === 'access_log.rules').length;
    serve();
    while (loaded() < 2) {
      await provider.forceFlush();
      await nextTurn();
    }
    serve();
    await provider.shutdown();
    assert.deepEqual(
      exporter.exported.map(({ eventName }) => eventName),
      ['access_log.rules', 'access_log.rules', 'access_log.request', 'access_log.heartbeat'],
    );
  });

  test('a file that cannot be used is an error where the processor is made', (t) => {
    const { rules } = files(t, 'version: 2\n');
    assert.throws(() => application({ rules }), {
      name: 'OptionsError',
      message: 'rules.yaml:1: version: expected 1, got 2 (from the file)',
    });
    assert.throws(() => application({ rules: `${rules}.missing` }), TypeError);
  });
});
