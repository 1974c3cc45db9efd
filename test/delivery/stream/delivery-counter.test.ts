import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LoggerProvider } from '@opentelemetry/sdk-logs';
import type { Receipt } from '../../../src/record/receipt/receipt.ts';
import { scene, shop, TestRecord } from './support/scene.ts';
import { partial, refused } from './support/scripted-transport.ts';

describe('DeliveryCounter', () => {
  test('counts exchanges, but neither our own events nor other records', async () => {
    const { delivery, timers, transport, counts, lost } = scene();
    transport.script = () => refused('none');
    let givenBack = 0;
    const event: Receipt = { kind: 'event', giveBack: () => (givenBack += 1) };
    delivery.onEmit(new TestRecord('exchange'));
    delivery.onEmit(new TestRecord('ledger', { receipt: event }));
    delivery.onEmit(new TestRecord('heartbeat', { receipt: undefined }));
    assert.deepEqual(counts(), [0, 0, 1]);
    await timers.pass(1_000);
    assert.deepEqual(counts(), [0, 1, 0]);
    assert.deepEqual(lost, ['exchange none_type', 'event none_type']);
    assert.equal(givenBack, 0, 'the listener gives it back');
  });

  test('recognizes the record of an exchange from the SDK by its attributes', async () => {
    const receipts: Receipt[] = [];
    const { delivery, timers, transport, counts } = scene({
      listener: { onLost: (receipt) => void receipts.push(receipt) },
    });
    transport.script = () => refused('none');
    const logger = new LoggerProvider({ resource: shop, processors: [delivery.processor] }).getLogger('test');
    const attributes = {
      'http.route': '/a',
      'http.request.method': 'GET',
      'http.response.status_code': 204,
      'access_log.outcome': 'completed',
      'access_log.suppressed_before': 3,
    };
    logger.emit({ eventName: 'access_log.request', body: '1', attributes });
    logger.emit({ eventName: 'something.else', body: '2', attributes });
    await timers.pass(1_000);
    assert.deepEqual(counts(), [0, 1, 0]);
    assert.deepEqual(receipts, [
      {
        kind: 'exchange',
        route: '/a',
        method: 'GET',
        statusCode: 204,
        outcome: 'completed',
        suppressedBefore: 3,
      },
    ]);
  });

  const partials: readonly {
    rejected: number;
    counts: readonly number[];
    lost: string[];
    messages: string[];
  }[] = [
    { rejected: 2, counts: [1, 2, 0], lost: ['_OTHER partial_success 2'], messages: ['failure 2'] },
    { rejected: 9, counts: [0, 3, 0], lost: ['_OTHER partial_success 3'], messages: ['failure 3'] },
    { rejected: 0, counts: [3, 0, 0], lost: [], messages: ['warning'] },
  ];
  for (const expected of partials) {
    test(`counts a partial success that rejects ${expected.rejected} of three exchanges and an event`, async () => {
      const { delivery, emit, timers, transport, counts, lost, messages } = scene();
      transport.script = () => partial(expected.rejected, 'too old');
      emit('1', '2', '3');
      delivery.onEmit(new TestRecord('heartbeat', { receipt: undefined }));
      await timers.pass(1_000);
      assert.deepEqual(counts(), expected.counts);
      assert.deepEqual(lost, expected.lost);
      const words = messages.map((line) => line.slice(0, line.indexOf(':')));
      assert.deepEqual(words, expected.messages);
      assert.match(messages.join(), /too old$/);
      assert.equal(delivery.isFailing, false);
    });
  }

  test('a listener that throws does not stop delivery', async () => {
    const broken = (): never => {
      throw new Error('broken');
    };
    const listener = { onLost: broken, onFailure: broken, onWaiting: broken, onWarning: broken };
    const { emit, timers, transport, counts, errors } = scene({ listener });
    const answers = [refused('wait'), refused('none'), partial(0), partial(1)];
    transport.script = () => answers.shift();
    for (const body of ['1', '2', '3']) {
      emit(body, `${body} too`);
      await timers.pass(5_000);
    }
    assert.deepEqual(answers, []);
    assert.deepEqual(counts(), [3, 3, 0]);
    assert.deepEqual(errors, []);
  });

  test('a listener may emit records of its own, even if those are lost too', async () => {
    let told = 0;
    const { delivery, emit, timers, transport, counts, errors } = scene({
      maxQueueSize: 1,
      listener: {
        onLost: () => {
          told += 1;
          delivery.onEmit(new TestRecord('extra'));
        },
      },
    });
    transport.script = () => undefined;
    emit('1', '2', '3');
    assert.equal(told, 3, '2; then 3, and the extra one for 2');
    assert.deepEqual(counts(), [0, 5, 1]);
    const mostTold: number[] = [];
    for (let more = 0; more < 1_100; more += 1) {
      const before = told;
      emit('more');
      mostTold.push(told - before);
    }
    assert.equal(Math.max(...mostTold), 1_001);
    assert.equal(counts()[1], 5 + 1_100 + told - 3);
    await timers.settle();
    assert.deepEqual(errors, []);
  });
});
