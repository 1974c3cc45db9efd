import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseTailArgs } from '../../../src/cli/tail/options.ts';

const parsed = (text: string) => parseTailArgs(text.split(' ').filter(Boolean))?.web;

describe('the options of the page', () => {
  test('none, unless one is asked for', () => {
    assert.equal(parsed('--json'), undefined);
    assert.equal(parsed('--from x.jsonl'), undefined);
  });

  test('served, or written', () => {
    const nothing = { isServed: false, port: undefined, report: undefined, traceUrl: null };
    assert.deepEqual(parsed('--web'), { ...nothing, isServed: true });
    assert.deepEqual(parsed('--from - --report x.html'), { ...nothing, report: 'x.html' });
    assert.deepEqual(parsed('--from - --report -'), { ...nothing, report: '-' });
    assert.deepEqual(parsed('--web --web-port 0 --trace-url http://localhost:16686/trace/{traceId}'), {
      ...nothing,
      isServed: true,
      port: 0,
      traceUrl: 'http://localhost:16686/trace/{traceId}',
    });
  });

  for (const [text, message] of [
    ['--report x.html', /^--report: expected --from/],
    ['--from x.jsonl --report ./x.jsonl', /^--report: expected another file than that of --from/],
    ['--web --web-port 70000', /^--web-port: expected a port/],
    ['--web-port 1', /^--web-port: expected --web/],
    ['--trace-url http://x/{traceId}', /^--trace-url: expected --web/],
    ['--web --trace-url http://x/', /^--trace-url: expected an http/],
    ['--web --trace-url javascript:alert({traceId})', /^--trace-url: expected an http/],
    ['--web --trace-url {traceId}', /^--trace-url: expected an http/],
  ] as const) {
    test(text, () => assert.throws(() => parsed(text), { name: 'TypeError', message }));
  }
});
