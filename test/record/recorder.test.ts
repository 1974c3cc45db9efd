import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AccessLogOptions } from '../../src/options/options.ts';
import { resolveOptions } from '../../src/options/options.ts';
import { RecordClock } from '../../src/record/clock.ts';
import { Recorder } from '../../src/record/recorder.ts';
import { exchange, originOf } from './support/exchange-factory.ts';

/** A recorder at 1970-01-01T00:00:01Z, and what it says of hooks. */
function recorderOf(options: AccessLogOptions): { recorder: Recorder; reported: string[] } {
  const reported: string[] = [];
  const clock = new RecordClock(
    () => 1012.4,
    () => 1000,
  );
  const recorder = new Recorder(resolveOptions(options, {}), undefined, undefined, clock, (hook, error) =>
    reported.push(`${hook}: ${error instanceof Error ? error.message : error}`),
  );
  return { recorder, reported };
}

describe('Recorder', () => {
  test('a record is stamped with the end of its exchange', () => {
    const { recorder } = recorderOf({});
    const record = recorder.build(exchange(), originOf('shop'));
    assert.deepEqual(
      [record.hrTime, record.hrTimeObserved],
      [
        [1, 0],
        [1, 0],
      ],
    );
    assert.equal(record.body, 'GET /orders/42 200 1532B 12.4ms');
  });

  test('a record can be had as a line of another format', () => {
    const { recorder } = recorderOf({});
    const record = recorder.build(exchange(), originOf('shop'));
    assert.equal(JSON.parse(record.line('json')).service, 'shop');
    assert.equal(record.body, 'GET /orders/42 200 1532B 12.4ms');
  });

  test('skip leaves out, attributes adds', () => {
    const { recorder, reported } = recorderOf({
      skip: ({ target }) => target === '/skipped',
      attributes: ({ host }) => ({ 'app.tenant': host?.split('.')[0] ?? '' }),
    });
    assert.deepEqual(
      [recorder.skips(exchange({ target: '/skipped' })), recorder.skips(exchange())],
      [true, false],
    );
    assert.equal(recorder.build(exchange(), originOf(undefined)).attributes['app.tenant'], 'shop');
    assert.deepEqual(reported, []);
  });

  test('hooks are handed request and response, and none where there was no request', () => {
    const handed: unknown[] = [];
    const { recorder } = recorderOf({
      skip: (_exchange, messages) => handed.push(messages) === 0,
      attributes: (_exchange, messages) => void handed.push(messages),
    });
    const messages = { request: undefined, response: undefined, stream: undefined };
    assert.equal(recorder.hasHooks, true);
    recorder.skips(exchange(), messages);
    recorder.build(exchange(), originOf(undefined), messages);
    recorder.describeOpen(exchange(), messages);
    for (const given of handed.splice(0)) assert.equal(given, messages);
    recorder.skips(exchange());
    recorder.build(exchange(), originOf(undefined));
    assert.deepEqual(handed, [messages, messages]);
    assert.equal(recorderOf({}).recorder.hasHooks, false);
  });

  const misbehaving: readonly { name: string; hook: () => never; message: string }[] = [
    {
      name: 'throws',
      hook: () => {
        throw new Error('mine');
      },
      message: 'mine',
    },
    {
      name: 'returns a promise that rejects',
      hook: () => Promise.reject(new Error('later')) as never,
      message: 'expected an answer, got a promise',
    },
  ];
  for (const { name, hook, message } of misbehaving) {
    test(`a hook that ${name} is reported once and not called again`, async () => {
      const { recorder, reported } = recorderOf({ skip: hook, attributes: hook });
      for (let index = 0; index < 3; index += 1) {
        assert.equal(recorder.skips(exchange()), false);
        assert.equal(recorder.build(exchange(), originOf(undefined)).eventName, 'access_log.request');
      }
      await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual(reported, [`skip: ${message}`, `attributes: ${message}`]);
    });
  }

  test('a hook cannot change what was seen', () => {
    const { recorder, reported } = recorderOf({
      skip: (seen) => Object.assign(seen, { statusCode: 999, outcome: 'crashed' }) === undefined,
    });
    const seen = exchange();
    assert.equal(recorder.skips(seen), false);
    assert.deepEqual([seen.statusCode, seen.outcome], [200, 'completed']);
    assert.equal(reported.length, 1);
  });

  test('a list is no attributes', () => {
    const { recorder } = recorderOf({ attributes: () => ['a'] as never });
    assert.equal(recorder.build(exchange(), originOf(undefined)).attributes['0'], undefined);
  });
});
