// Fields that are set without a request: which exchange the active context leads to.
import assert from 'node:assert/strict';
import { createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { context, ROOT_CONTEXT, type Span, SpanKind, trace } from '@opentelemetry/api';
import { type RPCMetadata, RPCType, setRPCMetadata } from '@opentelemetry/core';
import { AlwaysOffSampler, BasicTracerProvider } from '@opentelemetry/sdk-trace-node';
import { createField, note } from '../../../src/fields/fields.ts';
import { RawClient, requestText } from '../../support/raw-client.ts';
import { listen, manageContexts, Observed, serve } from '../support/observed.ts';

const field = createField('app.tenant');
const tracer = new BasicTracerProvider().getTracer('test');
const unsampled = new BasicTracerProvider({ sampler: new AlwaysOffSampler() }).getTracer('test');

/** Has the listeners of `request` called as HttpInstrumentation does: in a server span. */
function instrument(server: Server, withMetadata: boolean, from = tracer): void {
  const { emit } = server;
  server.emit = (event: string, ...args: unknown[]) => {
    const call = (): boolean => Reflect.apply(emit, server, [event, ...args]);
    if (event !== 'request') return call();
    const span = from.startSpan('GET', { kind: SpanKind.SERVER });
    const withSpan = trace.setSpan(context.active(), span);
    const metadata: RPCMetadata = { type: RPCType.HTTP, span: span as never };
    return context.with(withMetadata ? setRPCMetadata(withSpan, metadata) : withSpan, call);
  };
}

const inSpan = <T>(act: () => T): T => tracer.startActiveSpan('inside', (_span: Span) => act());

describe('a field that is set without a request', () => {
  for (const [name, withMetadata, from, act] of [
    ['in the server span', false, tracer, (set: () => void) => set()],
    ['in a server span that is not sampled', false, unsampled, (set: () => void) => set()],
    ['beside RPC metadata', true, tracer, (set: () => void) => set()],
    ['beside RPC metadata, in spans inside', true, tracer, (set: () => void) => inSpan(() => inSpan(set))],
    [
      'beside RPC metadata, after an await',
      true,
      tracer,
      async (set: () => void) => {
        await new Promise((resolve) => setImmediate(resolve));
        inSpan(set);
      },
    ],
  ] as const) {
    test(`${name}: reaches its exchange`, async (t) => {
      manageContexts(t);
      const observed = new Observed(t);
      const { server, port } = await serve(t, {}, async (request, response) => {
        await act(() => {
          field.set(String(request.url));
          note(`note of ${request.url}`);
          assert.equal(field.get(), request.url);
        });
        response.end();
      });
      instrument(server, withMetadata, from);
      const client = await RawClient.connect(t, { port });
      await client.pipeline(['/0', '/1', '/2'].map((path) => requestText(path)));
      for (const { fields, target } of await observed.ended(3)) {
        assert.equal(fields?.valueOf('app.tenant'), target);
        assert.deepEqual(fields?.notes, [`note of ${target}`]);
      }
    });
  }

  for (const [name, prepare] of [
    ['without a context manager', () => undefined],
    ['in the root context', (t) => manageContexts(t)],
    [
      'in a span inside, without RPC metadata',
      (t, server) => {
        manageContexts(t);
        instrument(server, false);
        const [handler] = server.listeners('request');
        server.removeAllListeners('request');
        server.on('request', (...args) => inSpan(() => handler?.(...args)));
      },
    ],
  ] satisfies [string, (t: Parameters<typeof manageContexts>[0], server: Server) => void][]) {
    test(`${name}: is dropped, and counted`, async (t) => {
      let dropped = 0;
      const observed = new Observed(t, { onDropped: () => dropped++ });
      const { server, port } = await serve(t, {}, (_request, response) => {
        field.set('acme');
        note('seen');
        assert.equal(field.get(), undefined);
        response.end();
      });
      prepare(t, server);
      const client = await RawClient.connect(t, { port });
      await client.send(requestText('/'));
      const [exchange] = await observed.ended(1);
      assert.equal(exchange?.fields, undefined);
      assert.equal(dropped, 2);
    });
  }

  test('in a server that nothing instruments, started by a handler: reaches the exchange of that handler', async (t) => {
    manageContexts(t);
    const observed = new Observed(t);
    const started: Server[] = [];
    t.after(() => {
      for (const server of started) server.close();
    });
    const outer = createServer((_request, response) => {
      field.set('outer');
      // Its connections have the context that it listens in.
      const inner = createServer((_inner, answer) => {
        field.set('inner');
        answer.end();
      });
      started.push(
        inner.listen(0, '127.0.0.1', () => {
          const { port } = inner.address() as AddressInfo;
          context.with(ROOT_CONTEXT, () =>
            get({ port, host: '127.0.0.1', agent: false }, (answer) => {
              answer.resume().on('end', () => response.end());
            }),
          );
        }),
      );
    });
    const port = await listen(t, outer);
    instrument(outer, true);
    const client = await RawClient.connect(t, { port });
    await client.send(requestText('/'));
    const [inner, first] = await observed.ended(2);
    assert.deepEqual(
      [inner, first].map((exchange) => exchange?.fields?.valueOf('app.tenant')),
      // Nothing made a context for the inner one: what is active is that of the outer one.
      [undefined, 'inner'],
    );
  });
});
