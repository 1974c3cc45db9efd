import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import type { DeliveryListener } from '../../../../src/delivery/delivery.ts';
import type { PendingMessage } from '../../../../src/delivery/sending/message.ts';
import type { Spool } from '../../../../src/delivery/spool/spool.ts';
import { StreamDelivery } from '../../../../src/delivery/stream/stream-delivery.ts';
import type { StreamDependencies, StreamSettings } from '../../../../src/delivery/stream/stream-settings.ts';
import type { Receipt } from '../../../../src/record/receipt/receipt.ts';
import { TrackedLogRecord } from '../../../../src/record/receipt/tracked-log-record.ts';
import { ManualTimers } from './manual-timers.ts';
import { ScriptedTransport } from './scripted-transport.ts';
import { textEncoder } from './text-encoder.ts';

export const shop = resourceFromAttributes({ 'service.name': 'shop' });
export const scope = { name: 'test' };

/** By default the record of an exchange, whose route is the body. */
export class TestRecord extends TrackedLogRecord {
  hrTime: [number, number] = [0, 0];
  hrTimeObserved: [number, number] = [0, 0];
  readonly resource: Resource;
  readonly instrumentationScope: { name: string };
  readonly attributes = {};
  severityText = '';
  severityNumber = 9;
  body: string;
  eventName = 'access_log.request';
  droppedAttributesCount = 0;
  readonly receipt: Receipt | undefined;

  constructor(
    body: string,
    given: Partial<Pick<TestRecord, 'resource' | 'instrumentationScope' | 'receipt'>> = {},
  ) {
    super();
    this.body = body;
    this.resource = given.resource ?? shop;
    this.instrumentationScope = given.instrumentationScope ?? scope;
    this.receipt = 'receipt' in given ? given.receipt : exchangeReceipt(body);
  }
}

function exchangeReceipt(route: string): Receipt {
  return {
    kind: 'exchange',
    route,
    method: 'GET',
    statusCode: 200,
    outcome: 'completed',
    suppressedBefore: 0,
  };
}

export const SETTINGS: StreamSettings = {
  scheduleDelayMs: 1_000,
  maxExportBatchSize: undefined,
  maxQueueSize: undefined,
  attemptTimeoutMs: 10_000,
  flushTimeoutMs: 30_000,
  memoryLimitBytes: 16 * 1024 * 1024,
  maxExportBytes: undefined,
  maxInFlight: 8,
  spool: undefined,
};

/** Wall-clock time at which the monotonic clock of a scene is 0. */
export const WALL_MS: number = Date.UTC(2026, 10, 23, 12);

/** A delivery, with the transport, the timers and the listener of the test. */
export interface Scene {
  readonly delivery: StreamDelivery;
  readonly transport: ScriptedTransport;
  readonly timers: ManualTimers;
  /** `route errorType`, or `route errorType count` where there are several. */
  readonly lost: string[];
  /** Messages for people, each with its kind: `failure`, `waiting` or `warning`. */
  readonly messages: string[];
  readonly errors: unknown[];
  /** Emits records of exchanges with these bodies. */
  emit(...bodies: readonly string[]): void;
  /** `[delivered, lost, pending]` */
  counts(): readonly number[];
  /** The records of all attempts. */
  attempts(): readonly (readonly string[])[];
}

interface Given extends Partial<StreamSettings>, Partial<Pick<StreamDependencies, 'sendLast' | 'random'>> {
  readonly listener?: Partial<DeliveryListener>;
  readonly disk?: Spool | ((timers: ManualTimers) => Spool);
}

/** A scene without chance: by default full jitter is the longest backoff. */
export function scene({ listener, disk, sendLast, random, ...settings }: Given = {}): Scene {
  const timers = new ManualTimers();
  const now = (): number => timers.nowMs;
  const transport = new ScriptedTransport(now);
  const lost: string[] = [];
  const messages: string[] = [];
  const errors: unknown[] = [];
  const spool = typeof disk === 'function' ? disk(timers) : disk;
  const delivery = new StreamDelivery(
    { ...SETTINGS, ...settings },
    transport,
    {
      onLost: (receipt, errorType, count) => {
        const name = receipt.kind === 'exchange' ? receipt.route : 'event';
        lost.push(`${name} ${errorType}${count === 1 ? '' : ` ${count}`}`);
      },
      onFailure: (message, exchanges) => messages.push(`failure ${exchanges}: ${message}`),
      onWaiting: (message) => messages.push(`waiting: ${message}`),
      onWarning: (message) => messages.push(`warning: ${message}`),
      onTrouble: (message) => messages.push(`trouble: ${message}`),
      ...listener,
    },
    {
      encoder: textEncoder,
      now,
      wallMs: () => WALL_MS + timers.nowMs,
      random: random ?? (() => 1),
      startTimer: timers.startTimer,
      sendLast: sendLast ?? ((): readonly PendingMessage[] => []),
      onError: (error) => errors.push(error),
    },
    spool,
  );
  return {
    delivery,
    transport,
    timers,
    lost,
    messages,
    errors,
    emit: (...bodies) => {
      for (const body of bodies) delivery.onEmit(new TestRecord(body));
    },
    counts: () => Object.values(delivery.counts()),
    attempts: () => transport.attempts.map(({ records }) => records),
  };
}

/** `count` different bodies, each with so many bytes. */
export function bodies(count: number, bytes = 4, from = 0): string[] {
  return Array.from({ length: count }, (_, index) => `${from + index}`.padEnd(bytes, '.'));
}

/** A function that returns whether the promise has resolved by now. */
export function watch(promise: Promise<void>): () => boolean {
  let isResolved = false;
  void promise.then(() => {
    isResolved = true;
  });
  return () => isResolved;
}
