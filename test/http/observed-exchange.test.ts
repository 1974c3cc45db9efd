import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SpanContext } from '@opentelemetry/api';
import type { SoFar } from '../../src/http/observed-exchange.ts';
import { ObservedRequest } from '../../src/http/observed-request.ts';
import { type IdSource, idsOf } from '../../src/http/trace/trace-context.ts';
import { connection } from '../record/support/exchange-factory.ts';

class OpenExchange extends ObservedRequest {
  readonly connection = connection();
  readonly ended = false;

  protected override readSoFar(): SoFar {
    return {
      requestBodySize: 0,
      statusCode: undefined,
      responseBodySize: undefined,
      timeToHeadersMs: undefined,
      route: undefined,
      outcome: 'completed',
    };
  }

  override endWithProcess(): void {}
}

const SPAN: SpanContext = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 };
const CALLER: SpanContext = { ...SPAN, spanId: '' };

describe('ids of an exchange so far', () => {
  test('new ones are those of its record', () => {
    const exchange = new OpenExchange(idsOf, 0);
    const soFar = exchange.soFar(1);
    assert.match(soFar?.spanContext?.spanId ?? '', /^[0-9a-f]{16}$/);
    assert.equal(exchange.soFar(2)?.spanContext, soFar?.spanContext);
    assert.equal(exchange.spanContext, soFar?.spanContext);
  });

  test('a server span that is found later is that of its record', () => {
    const source: IdSource = ({ activeSpan }) => activeSpan ?? CALLER;
    const exchange = new OpenExchange(source, 0);
    assert.deepEqual(exchange.soFar(1)?.spanContext, CALLER);
    exchange.activeSpan = SPAN;
    assert.equal(exchange.soFar(2)?.spanContext, SPAN);
    assert.equal(exchange.spanContext, SPAN);
  });
});
