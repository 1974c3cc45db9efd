import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createContextKey, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { OwnContext } from '../../../src/http/trace/own-context.ts';
import { RandomIds } from '../../../src/http/trace/random-ids.ts';

const KEY = createContextKey('own-context.test');

describe('a context of our own', () => {
  const ids = RandomIds.draw();
  const own = new OwnContext(ids);

  test('has a span with its ids, always the same one, that records nothing', () => {
    const span = trace.getSpan(own);
    assert.deepEqual(span?.spanContext(), ids.toSpanContext());
    assert.equal(span?.isRecording(), false);
    assert.equal(trace.getSpan(own), span);
  });

  test('has the ids of a parent where they are text', () => {
    const spanContext = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 0 };
    assert.equal(trace.getSpanContext(new OwnContext(spanContext)), spanContext);
  });

  test('has nothing else', () => {
    assert.equal(own.getValue(KEY), undefined);
    assert.equal(trace.getSpan(own.deleteValue(KEY)), trace.getSpan(own));
  });

  test('is not changed by what is made of it', () => {
    const more = own.setValue(KEY, 'value');
    assert.equal(more.getValue(KEY), 'value');
    assert.equal(trace.getSpan(more), trace.getSpan(own));
    assert.equal(own.getValue(KEY), undefined);
    assert.equal(trace.getSpan(trace.deleteSpan(own)), undefined);
    assert.notEqual(trace.getSpan(own), undefined);
  });

  test('gives way to another span', () => {
    const other = trace.wrapSpanContext({ traceId: '3'.repeat(32), spanId: '4'.repeat(16), traceFlags: 1 });
    assert.equal(trace.getSpan(trace.setSpan(own, other)), other);
    assert.equal(trace.getSpan(trace.setSpan(ROOT_CONTEXT, other)), other);
  });
});
