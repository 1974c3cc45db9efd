import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { LoggerProvider, type LogRecordExporter, type ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { BatchDelivery, type BatchOptions } from '../../../src/delivery/sdk/batch-delivery.ts';
import { Secrets } from '../../../src/delivery/transport/credentials/secrets.ts';
import type { DeliveryCounts } from '../../../src/telemetry/totals.ts';

/** An exporter that answers when, and as, the test says. */
class ScriptedExporter implements LogRecordExporter {
  readonly batches: string[][] = [];
  isShutDown = false;
  #answer: ((records: ReadableLogRecord[], callback: (result: ExportResult) => void) => void) | undefined;

  answerWith(answer: (records: ReadableLogRecord[], callback: (result: ExportResult) => void) => void): void {
    this.#answer = answer;
  }

  export(records: ReadableLogRecord[], callback: (result: ExportResult) => void): void {
    this.batches.push(records.map(({ body }) => String(body)));
    if (this.#answer === undefined) callback({ code: ExportResultCode.SUCCESS });
    else this.#answer(records, callback);
  }

  async forceFlush(): Promise<void> {
    throw new Error('an exporter that cannot flush');
  }

  async shutdown(): Promise<void> {
    this.isShutDown = true;
  }
}

interface Set {
  readonly delivery: BatchDelivery;
  readonly exporter: ScriptedExporter;
  readonly lost: string[];
  readonly failures: string[];
  emit(body: string, eventName?: string): void;
}

function setUp(
  options: BatchOptions = {},
  createExporter?: () => LogRecordExporter,
  secrets = Secrets.none,
): Set {
  const exporter = new ScriptedExporter();
  const lost: string[] = [];
  const failures: string[] = [];
  const delivery = new BatchDelivery(
    createExporter ?? (() => exporter),
    { scheduledDelayMillis: 60_000, ...options },
    {
      onLost: (receipt, errorType, count) =>
        lost.push(`${receipt.kind === 'exchange' ? receipt.route : 'event'} ${errorType} ${count}`),
      onFailure: (message, exchanges) => failures.push(`${message} ${exchanges}`),
      onWaiting: (message) => failures.push(message),
      onWarning: (message) => failures.push(message),
    },
    { secrets },
  );
  const logger = new LoggerProvider({
    resource: resourceFromAttributes({}),
    processors: [delivery.processor],
  }).getLogger('test');
  const emit = (body: string, eventName = 'access_log.request'): void =>
    logger.emit({ body, eventName, attributes: { 'http.route': body } });
  return { delivery, exporter, lost, failures, emit };
}

function counts(delivered: number, lost: number, pending: number): DeliveryCounts {
  return { delivered, lost, pending };
}

describe('BatchDelivery', () => {
  test('its report: the queue, exports under way, what came of them', async () => {
    const { delivery, exporter, emit } = setUp({ maxQueueSize: 2, maxExportBatchSize: 2 });
    let answer: ((result: ExportResult) => void) | undefined;
    exporter.answerWith((_records, callback) => {
      answer = callback;
    });
    const reported = (): unknown => {
      const { processed, exported, attempts, ...others } = delivery.report();
      const [done, ended, tried] = [processed, exported, attempts].map(({ succeeded, failed }) => ({
        succeeded,
        ...Object.fromEntries(failed),
      }));
      return { ...others, processed: done, exported: ended, attempts: tried };
    };
    const limits = { queueLimit: 2, memory: undefined, spool: undefined };
    const none = { succeeded: 0 };
    emit('1');
    emit('heartbeat', 'access_log.heartbeat');
    // The first export is being made of those two, the queue has these.
    for (const body of ['3', '4', '5']) emit(body);
    const full = { ...limits, processed: { succeeded: 0, queue_full: 1 }, exported: none, attempts: none };
    assert.deepEqual(reported(), { ...full, queued: 4, inFlight: 0 });
    while (answer === undefined) await new Promise(setImmediate);
    const processed = { succeeded: 2, queue_full: 1 };
    assert.deepEqual(reported(), { ...full, processed, queued: 2, inFlight: 2 });
    exporter.answerWith((_records, callback) => callback({ code: ExportResultCode.SUCCESS }));
    answer({ code: ExportResultCode.FAILED, error: Object.assign(new Error('no'), { code: 14 }) });
    await delivery.forceFlush();
    assert.deepEqual(reported(), {
      ...limits,
      queued: 0,
      inFlight: 0,
      processed: { succeeded: 4, queue_full: 1 },
      exported: { succeeded: 2, UNAVAILABLE: 2 },
      attempts: { succeeded: 1, UNAVAILABLE: 1 },
    });
  });

  test('kept = delivered + lost + pending, our own events left out', async () => {
    const { delivery, exporter, lost, failures, emit } = setUp();
    emit('1');
    emit('2');
    emit('heartbeat', 'access_log.heartbeat');
    assert.deepEqual(delivery.counts(), counts(0, 0, 2));
    assert.equal(delivery.backlog(), 3 / 2048);
    await delivery.forceFlush();
    assert.deepEqual(delivery.counts(), counts(2, 0, 0));
    assert.deepEqual(exporter.batches, [['1', '2', 'heartbeat']]);
    assert.deepEqual([lost, failures], [[], []]);
  });

  const failed: readonly { name: string; error: Error | undefined; errorType: string; message: string }[] = [
    {
      name: 'a gRPC status',
      error: Object.assign(new Error('14 UNAVAILABLE: nobody there'), { code: 14 }),
      errorType: 'UNAVAILABLE',
      message: '14 UNAVAILABLE: nobody there',
    },
    {
      name: 'an HTTP status',
      error: Object.assign(new Error('Unauthorized'), { code: 401 }),
      errorType: '401',
      message: '401 Unauthorized',
    },
    {
      name: "Node's error code",
      error: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
      errorType: 'ECONNREFUSED',
      message: 'connect',
    },
    { name: 'no code', error: new RangeError('odd'), errorType: 'RangeError', message: 'odd' },
    { name: 'no error', error: undefined, errorType: 'unknown', message: 'unknown error' },
  ];
  for (const { name, error, errorType, message } of failed) {
    test(`an export that fails is lost, with ${name}`, async () => {
      const { delivery, exporter, lost, failures, emit } = setUp();
      exporter.answerWith((_records, callback) =>
        callback({ code: ExportResultCode.FAILED, ...(error === undefined ? {} : { error }) }),
      );
      emit('1');
      emit('ledger', 'access_log.suppressed');
      emit('2');
      await delivery.forceFlush();
      assert.deepEqual(delivery.counts(), counts(0, 2, 0));
      assert.deepEqual(lost, [`1 ${errorType} 1`, `2 ${errorType} 1`]);
      assert.deepEqual(failures, [`${message} 2`]);
    });
  }

  test('an exporter that throws has failed', async () => {
    const { delivery, exporter, failures, emit } = setUp();
    exporter.answerWith(() => {
      throw new Error('broken');
    });
    emit('1');
    await delivery.forceFlush();
    assert.deepEqual(delivery.counts(), counts(0, 1, 0));
    assert.deepEqual(failures, ['broken 1']);
  });

  test('an export that never ends is lost in time, and another exporter has the next one', async () => {
    const exporters: ScriptedExporter[] = [];
    const { delivery, lost, failures, emit } = setUp({ exportTimeoutMillis: 50 }, () => {
      const exporter = new ScriptedExporter();
      exporters.push(exporter);
      if (exporters.length === 1) exporter.answerWith(() => undefined);
      return exporter;
    });
    emit('1');
    await delivery.forceFlush();
    assert.deepEqual(delivery.counts(), counts(0, 1, 0));
    assert.deepEqual(lost, ['1 ETIMEDOUT 1']);
    assert.deepEqual(failures, ['no answer within 50 ms 1']);
    emit('2');
    await delivery.forceFlush();
    assert.deepEqual(delivery.counts(), counts(1, 1, 0));
    assert.deepEqual(
      exporters.map(({ batches, isShutDown }) => [batches, isShutDown]),
      [
        [[['1']], true],
        [[['2']], false],
      ],
    );
    await delivery.shutdown();
  });

  test('what a receiver repeats of the secrets is not told', async () => {
    const { delivery, exporter, failures, emit } = setUp({}, undefined, new Secrets(['t0psecret']));
    const error = Object.assign(new Error('Forbidden'), { code: 403, data: 'no\n t0psecret here' });
    exporter.answerWith((_records, callback) => callback({ code: ExportResultCode.FAILED, error }));
    emit('1');
    await delivery.forceFlush();
    assert.deepEqual(failures, ['403 Forbidden: no *** here 1']);
  });

  test('an exporter that answers twice is believed once', async () => {
    const { delivery, exporter, emit } = setUp();
    exporter.answerWith((_records, callback) => {
      callback({ code: ExportResultCode.SUCCESS });
      callback({ code: ExportResultCode.FAILED });
    });
    emit('1');
    await delivery.forceFlush();
    assert.deepEqual(delivery.counts(), counts(1, 0, 0));
  });

  test('what a full queue drops is lost at once, record by record', async () => {
    const { delivery, exporter, lost, failures, emit } = setUp({ maxQueueSize: 2, maxExportBatchSize: 2 });
    const held: ((result: ExportResult) => void)[] = [];
    exporter.answerWith((_records, callback) => held.push(callback));
    for (const body of ['1', '2', '3', '4', '5']) emit(body);
    emit('heartbeat', 'access_log.heartbeat');
    assert.deepEqual(lost, ['5 queue_full 1']);
    const message = 'the queue is full: records come faster than they are delivered';
    assert.deepEqual(failures, [`${message} 1`, `${message} 0`]);
    assert.deepEqual(delivery.counts(), counts(0, 1, 4));
    exporter.answerWith((_records, callback) => callback({ code: ExportResultCode.SUCCESS }));
    for (const callback of held) callback({ code: ExportResultCode.SUCCESS });
    await delivery.forceFlush();
    assert.deepEqual(delivery.counts(), counts(4, 1, 0));
  });

  test('an exporter whose forceFlush rejects while an export is in flight stops nothing', async () => {
    const { delivery, exporter, emit } = setUp({ maxExportBatchSize: 1 });
    const open: ((result: ExportResult) => void)[] = [];
    const begun = new Promise<void>((resolve) => {
      exporter.answerWith((_records, callback) => {
        open.push(callback);
        resolve();
      });
    });
    emit('1');
    await begun;
    exporter.answerWith((_records, callback) => callback({ code: ExportResultCode.SUCCESS }));
    emit('2');
    const flushed = delivery.forceFlush();
    for (const callback of open) callback({ code: ExportResultCode.SUCCESS });
    await flushed;
    emit('3');
    await delivery.forceFlush();
    assert.deepEqual(delivery.counts(), counts(3, 0, 0));
  });
});
