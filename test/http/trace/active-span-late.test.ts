import assert from 'node:assert/strict';
import { test } from 'node:test';
import { propagation, ROOT_CONTEXT, type Span, SpanKind, trace } from '@opentelemetry/api';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { RawClient, requestText } from '../../support/raw-client.ts';
import { Observed, serve } from '../support/observed.ts';

test('an SDK that starts while the first request waits: the server span inside is that of the exchange', async (t) => {
  const observed = new Observed(t);
  let made: Span | undefined;
  const { port } = await serve(t, {}, async ({ headers }, response) => {
    // Next.js does so, in its instrumentation hook.
    await new Promise(setImmediate);
    new NodeTracerProvider().register();
    const parent = propagation.extract(ROOT_CONTEXT, headers);
    trace.getTracer('test').startActiveSpan('GET', { kind: SpanKind.SERVER }, parent, (span) => {
      made = span;
      response.end();
    });
  });
  const client = await RawClient.connect(t, { port });
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  await client.send(requestText('/', { headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` } }));
  const [exchange] = await observed.ended(1);
  assert.deepEqual(exchange?.spanContext, made?.spanContext());
  assert.equal(exchange?.spanContext?.traceId, traceId);
});
