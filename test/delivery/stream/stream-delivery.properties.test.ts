import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { resourceFromAttributes } from '@opentelemetry/resources';
import fc from 'fast-check';
import type { StreamDelivery } from '../../../src/delivery/stream/stream-delivery.ts';
import type { Remedy } from '../../../src/delivery/transport/transport.ts';
import { type Scene, scene, shop, TestRecord } from './support/scene.ts';
import { type Attempt, accepted, partial, refused } from './support/scripted-transport.ts';
import { decode } from './support/text-encoder.ts';

type Command =
  | { readonly do: 'emit'; readonly sizes: readonly number[]; readonly elsewhere: boolean }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'answer'; readonly which: number; readonly answer: AnswerKind }
  | { readonly do: 'flush' }
  /** Another thread delivers each pending batch, or every other one. */
  | { readonly do: 'last'; readonly each: 1 | 2 };
type AnswerKind = 'accepted' | 'partial' | 'accepted but late' | Remedy;

const answerKind = fc.constantFrom<AnswerKind>(
  'accepted',
  'accepted',
  'accepted',
  'partial',
  'accepted but late',
  'wait',
  'wait',
  'credentials',
  'split',
  'isolate',
  'none',
);
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({
    do: fc.constant('emit' as const),
    sizes: fc.array(fc.oneof(fc.integer({ min: 4, max: 60 }), fc.integer({ min: 500, max: 2500 })), {
      maxLength: 40,
      size: 'max',
    }),
    elsewhere: fc.boolean(),
  }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(0, 1, 100, 1_000, 4_000, 20_000) }),
  fc.record({ do: fc.constant('answer' as const), which: fc.nat(7), answer: answerKind }),
  fc.record({ do: fc.constant('answer' as const), which: fc.nat(7), answer: answerKind }),
  fc.record({ do: fc.constant('flush' as const) }),
  fc.record({ do: fc.constant('last' as const), each: fc.constantFrom(1 as const, 2 as const) }),
);
const settings = fc.record({
  memoryLimitBytes: fc.constantFrom(4_096, 8_192, 20_000, 100_000),
  maxInFlight: fc.integer({ min: 1, max: 8 }),
  maxExportBatchSize: fc.constantFrom(undefined, undefined, 1, 7),
  maxQueueSize: fc.constantFrom(undefined, undefined, 25),
  scheduleDelayMs: fc.constantFrom(0, 1_000),
  jitter: fc.constantFrom(0, 0.5, 1),
});

const elsewhere = resourceFromAttributes({ 'service.name': 'elsewhere' });

/** What the test expects, derived from the commands alone. */
class Model {
  emitted = 0;
  /** Records that the receiver has, with a response that acknowledges them. */
  readonly delivered = new Set<string>();
  /** Records that the receiver has, with a response that arrived too late. */
  readonly late = new Set<string>();
  /** Records that another thread has delivered. */
  readonly elsewhere = new Set<string>();
  readonly attempted = new Set<string>();
  rejected = 0;
  lastAttempted = -1;
  /** Violations that were found in a callback, where nothing can be thrown. */
  readonly broken: string[] = [];
}

function answer(model: Model, attempt: Attempt, kind: AnswerKind): void {
  if (model.elsewhere.has(attempt.records[0] ?? '')) {
    // A response after delivery by another thread must not count, whatever it is.
    attempt.reply(kind === 'partial' ? partial(1) : refused('none'));
    return;
  }
  const isGood = kind === 'accepted' || kind === 'partial';
  for (const body of attempt.records) {
    if (isGood) model.delivered.add(body);
    else if (kind === 'accepted but late') model.late.add(body);
  }
  if (kind === 'accepted') attempt.reply(accepted);
  else if (kind === 'accepted but late') attempt.reply(refused('wait'));
  else if (kind === 'partial') {
    model.rejected += 1;
    attempt.reply(partial(1));
  } else
    attempt.reply(refused(kind, kind === 'wait' && attempt.records.length % 3 === 0 ? 7_000 : undefined));
}

/** Records are first attempted in the order in which they were emitted; one export groups them by resource and scope. */
function noteOrder(model: Model, attempt: Attempt): void {
  const fresh = attempt.records
    .filter((body) => !model.attempted.has(body))
    .map((body) => Number.parseInt(body, 10));
  if (fresh.length === 0) return;
  if (Math.min(...fresh) <= model.lastAttempted) model.broken.push(`${attempt.records} out of order`);
  model.lastAttempted = Math.max(...fresh);
  for (const body of attempt.records) model.attempted.add(body);
}

function deliverElsewhere(delivery: StreamDelivery, model: Model, each: number): void {
  const messages = delivery.takePending();
  const records = messages.flatMap(({ parts }) => decode(parts).flatMap((group) => group.records));
  assert.equal(records.length, delivery.counts().pending);
  const taken = messages.filter((_, index) => index % each === 0);
  for (const { parts } of taken) {
    for (const body of decode(parts).flatMap((group) => group.records)) {
      model.elsewhere.add(body);
      model.delivered.add(body);
    }
  }
  delivery.markDelivered(taken);
}

function checkAlways({ delivery, transport, errors }: Scene, model: Model, memoryLimitBytes: number): void {
  const { delivered, lost, pending } = delivery.counts();
  assert.equal(delivered + lost + pending, model.emitted);
  assert.equal(delivered, model.delivered.size - model.rejected);
  assert.ok(pending >= 0);
  assert.ok(delivery.heldBytes <= memoryLimitBytes, 'the memory limit');
  assert.deepEqual(transport.changed, []);
  assert.deepEqual(errors, []);
  assert.deepEqual(model.broken, []);
}

describe('StreamDelivery, in any sequence of events', () => {
  test('every record is delivered or lost, and counted once', async () => {
    await fc.assert(
      fc.asyncProperty(
        settings,
        fc.array(command, { maxLength: 60, size: 'max' }),
        async ({ jitter, ...given }, commands) => {
          const all = scene({ ...given, random: () => jitter });
          const { delivery, transport, timers, lost } = all;
          const model = new Model();
          transport.script = (attempt) => {
            noteOrder(model, attempt);
            const { length } = attempt.records;
            if (length > (given.maxExportBatchSize ?? Infinity)) model.broken.push(`${length} records`);
            return undefined;
          };
          const flushes: Promise<void>[] = [];
          for (const each of commands) {
            if (each.do === 'emit') {
              for (const size of each.sizes) {
                const body = `${model.emitted}`.padEnd(size, '.');
                model.emitted += 1;
                delivery.onEmit(new TestRecord(body, { resource: each.elsewhere ? elsewhere : shop }));
              }
            } else if (each.do === 'pass') {
              await timers.pass(each.ms);
            } else if (each.do === 'answer') {
              const open = [...transport.open];
              const attempt = open[each.which % Math.max(1, open.length)];
              if (attempt !== undefined) answer(model, attempt, each.answer);
              await timers.settle();
            } else if (each.do === 'flush') {
              flushes.push(delivery.forceFlush());
            } else {
              deliverElsewhere(delivery, model, each.each);
            }
            checkAlways(all, model, given.memoryLimitBytes);
          }

          transport.script = (attempt) => {
            noteOrder(model, attempt);
            for (const body of attempt.records) model.delivered.add(body);
            return accepted;
          };
          for (const attempt of [...transport.open]) answer(model, attempt, 'accepted');
          await timers.pass(120_000);
          checkAlways(all, model, given.memoryLimitBytes);
          await Promise.all(flushes);
          assert.equal(delivery.counts().pending, 0);
          assert.equal(timers.running, 0);
          assert.ok(transport.mostOpen <= given.maxInFlight);

          const lostRecords = lost
            .map((line) => line.split(' '))
            .filter(([, errorType]) => errorType !== 'partial_success')
            .map(([body = '']) => body);
          assert.equal(new Set(lostRecords).size, lostRecords.length, 'no record is lost twice');
          assert.deepEqual(
            lostRecords.filter((body) => model.delivered.has(body)),
            [],
          );
          assert.equal(lostRecords.length + model.delivered.size, model.emitted);
          assert.equal(delivery.counts().lost, lostRecords.length + model.rejected);
        },
      ),
      { numRuns: 200 },
    );
  });
});
