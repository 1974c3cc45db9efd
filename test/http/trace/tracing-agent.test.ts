// Agents that trace a process without a tracer provider of OpenTelemetry, by what they leave behind in it. The real ones
// are in test/lanes.
import assert from 'node:assert/strict';
import { Server } from 'node:http';
import { createRequire } from 'node:module';
import { describe, type TestContext, test } from 'node:test';
import type { SpanContext } from '@opentelemetry/api';
import { RawClient, requestText } from '../../support/raw-client.ts';
import { Observed, serve } from '../support/observed.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };
const SPAN = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
const TRACEPARENT = `00-${SPAN.traceId}-${SPAN.spanId}-01`;

const moduleCache: object = createRequire(import.meta.url).cache;

/** Sets a property for as long as the test runs. */
function set(t: TestContext, owner: object, name: string, value: unknown): void {
  const before = Object.getOwnPropertyDescriptor(owner, name);
  Object.defineProperty(owner, name, { value, configurable: true, writable: true, enumerable: true });
  t.after(() => {
    if (before === undefined) Reflect.deleteProperty(owner, name);
    else Object.defineProperty(owner, name, before);
  });
}

/** Ids of the records of two requests: of one that nobody calls in a trace, and of one that the caller does. */
async function idsOfTwo(t: TestContext): Promise<(SpanContext | undefined)[]> {
  const observed = new Observed(t);
  const { port } = await serve(t, {}, (_request, response) => response.end('hello'));
  const client = await RawClient.connect(t, { port });
  await client.send(requestText('/alone'));
  await client.responses(1);
  await client.send(requestText('/called', { headers: CALLER }));
  const exchanges = await observed.ended(2);
  assert.deepEqual(observed.errors, []);
  return exchanges.map(({ spanContext }) => spanContext);
}

type Install = (t: TestContext) => void;

const datadog =
  (active: () => unknown): Install =>
  (t) =>
    set(t, globalThis, '_ddtrace', { scope: () => ({ active }) });
const newRelic =
  (api: object): Install =>
  (t) =>
    set(t, moduleCache, '__NR_cache', api);
const sentry =
  (span: object | undefined): Install =>
  (t) => {
    const scope = { refs: span === undefined ? {} : { span: new WeakRef(span) } };
    set(t, globalThis, '__SENTRY__', {
      version: '11.12.0',
      '11.12.0': { acs: { getCurrentScope: () => scope } },
    });
  };

describe('ids are those of the span that an agent has active for the handlers', () => {
  const rows: readonly (readonly [name: string, Install])[] = [
    ['dd-trace', datadog(() => ({ context: () => ({ toTraceparent: () => TRACEPARENT }) }))],
    [
      'newrelic',
      newRelic({
        agent: {},
        getTraceMetadata: () => ({ traceId: SPAN.traceId, spanId: SPAN.spanId }),
        getTransaction: () => ({ isSampled: () => true }),
      }),
    ],
    ['@sentry/node', sentry({ spanContext: () => SPAN })],
  ];
  for (const [name, install] of rows) {
    test(name, async (t) => {
      install(t);
      assert.deepEqual(await idsOfTwo(t), [SPAN, SPAN]);
    });
  }
});

describe('ids are not made up beside an agent without a span', () => {
  const rows: readonly (readonly [name: string, Install])[] = [
    ['dd-trace', datadog(() => null)],
    ['dd-trace of another kind', (t) => set(t, globalThis, '_ddtrace', {})],
    ['dd-trace, its ids cannot be read', datadog(() => ({ context: () => ({}) }))],
    [
      'dd-trace that throws',
      datadog(() => {
        throw new Error('no scope');
      }),
    ],
    ['newrelic outside a transaction', newRelic({ agent: {}, getTraceMetadata: () => ({}) })],
    ['newrelic of another kind', newRelic({ agent: {} })],
    ['@sentry/node', sentry(undefined)],
    ['@sentry/node that was imported only', (t) => set(t, globalThis, '__SENTRY__', { version: '11.12.0' })],
    ['@sentry/node, the ids are not valid', sentry({ spanContext: () => ({ ...SPAN, spanId: '0' }) })],
    ...(['emit', 'on', 'addListener'] as const).map((name): [string, Install] => [
      `an unknown one, which wraps ${name}`,
      (t) => {
        const original = Server.prototype[name];
        set(t, Server.prototype, name, function wrapped(this: Server, ...args: unknown[]) {
          return Reflect.apply(original, this, args);
        });
      },
    ]),
  ];
  for (const [name, install] of rows) {
    test(name, async (t) => {
      install(t);
      assert.deepEqual(await idsOfTwo(t), [undefined, { traceId: TRACE, spanId: '', traceFlags: 1 }]);
    });
  }
});

describe('ids are made up where no agent is', () => {
  const rows: readonly (readonly [name: string, Install])[] = [
    ['nothing', () => undefined],
    ['newrelic, switched off', newRelic({ getTraceMetadata: () => ({}) })],
    [
      'an instrumentation of OpenTelemetry, whose SDK makes no spans',
      (t) => {
        const original = Server.prototype.emit;
        function wrapped(this: Server, ...args: unknown[]): unknown {
          return Reflect.apply(original, this, args);
        }
        set(t, Server.prototype, 'emit', Object.assign(wrapped, { __wrapped: true, __original: original }));
      },
    ],
    ['a wrapper that was taken away', (t) => set(t, Server.prototype, 'emit', Server.prototype.emit)],
  ];
  for (const [name, install] of rows) {
    test(name, async (t) => {
      install(t);
      const [alone, called] = await idsOfTwo(t);
      assert.match(`${alone?.traceId} ${alone?.spanId}`, /^[\da-f]{32} [\da-f]{16}$/);
      assert.equal(called?.traceId, TRACE);
      assert.match(String(called?.spanId), /^(?!00f067aa0ba902b7)[\da-f]{16}$/);
    });
  }
});
