// Which span of the application's SDK is that of an exchange. The SDK is a real one; where its spans begin is what
// frameworks and middleware do.
import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  createServer,
  IncomingMessage,
  OutgoingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { Readable } from 'node:stream';
import { beforeEach, describe, type TestContext, test } from 'node:test';
import {
  context,
  INVALID_SPAN_CONTEXT,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { suppressTracing } from '@opentelemetry/core';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  NodeTracerProvider,
  type Sampler,
} from '@opentelemetry/sdk-trace-node';
import express from 'express';
import { RawClient, requestText } from '../../support/raw-client.ts';
import { listen, Observed, serve } from '../support/observed.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const TRACEPARENT = { traceparent: `00-${TRACE}-${PARENT}-01` };

const { SERVER, CLIENT, INTERNAL } = SpanKind;

// What an application registers when it starts; the sampler is the test's.
let sampler: Sampler = new AlwaysOnSampler();
const manager = new AsyncLocalStorageContextManager().enable();
new NodeTracerProvider({
  sampler: { shouldSample: (...args) => sampler.shouldSample(...args), toString: () => 'test' },
}).register({ contextManager: manager });
const tracer = trace.getTracer('test');

/** Spans of a run by their names. */
const spans = new Map<string, Span>();

beforeEach(() => {
  sampler = new AlwaysOnSampler();
  spans.clear();
});

/** Runs a function inside a new span, which ends when that asks for it, or not at all. */
function within<T>(name: string, kind: SpanKind, run: (span: Span) => T): T {
  return tracer.startActiveSpan(name, { kind }, (span) => {
    spans.set(name, span);
    return run(span);
  });
}

/** As middleware does that continues the caller's trace. */
function serverSpan(request: IncomingMessage, run: (span: Span) => void): void {
  const parent = propagation.extract(ROOT_CONTEXT, request.headers);
  context.with(parent, () => within('server', SERVER, run));
}

type Ids = Pick<SpanContext, 'traceId' | 'spanId' | 'traceFlags'>;

/** Ids of the span of that name. */
function idsOf(name: string): Ids {
  const span = spans.get(name);
  assert.ok(span !== undefined, `no span ${name}`);
  const { traceId, spanId, traceFlags } = span.spanContext();
  return { traceId, spanId, traceFlags };
}

/** Puts a function around the handlers of a server, as instrumentations do. */
function wrapHandlers(
  server: Server,
  around: (request: IncomingMessage, handle: () => unknown) => unknown,
): void {
  const emit: unknown = server.emit;
  assert.ok(typeof emit === 'function');
  const wrapped = (...args: unknown[]): unknown => {
    const [event, request] = args;
    const original = (): unknown => Reflect.apply(emit, server, args);
    return event === 'request' && request instanceof IncomingMessage ? around(request, original) : original();
  };
  Object.assign(server, { emit: wrapped });
}

/** Ids of the record of the one request that is sent. */
async function idsAfter(
  t: TestContext,
  handler: RequestListener | Server,
  headers: Readonly<Record<string, string>> = TRACEPARENT,
): Promise<Ids | undefined> {
  const observed = new Observed(t);
  const port = typeof handler === 'function' ? (await serve(t, {}, handler)).port : await listen(t, handler);
  const client = await RawClient.connect(t, { port });
  await client.send(requestText('/', { headers }));
  const [exchange] = await observed.ended(1);
  assert.deepEqual(observed.errors, []);
  if (exchange?.spanContext === undefined) return undefined;
  const { traceId, spanId, traceFlags } = exchange.spanContext;
  // Whatever emits the record in code takes the ids from there.
  assert.deepEqual(trace.getSpanContext(exchange.context), exchange.spanContext);
  return { traceId, spanId, traceFlags };
}

/** What is left of the caller's ids. */
const TRACE_ALONE = { traceId: TRACE, spanId: '', traceFlags: 1 };

describe('a server span that begins inside the handler is that of the exchange', () => {
  const answers: Readonly<Record<string, (response: ServerResponse) => void>> = {
    end: (response) => response.end('hello'),
    write: (response) => {
      response.write('hello');
      context.with(ROOT_CONTEXT, () => response.end());
    },
    writeHead: (response) => {
      response.writeHead(204);
      context.with(ROOT_CONTEXT, () => response.end());
    },
    flushHeaders: (response) => {
      response.flushHeaders();
      context.with(ROOT_CONTEXT, () => response.end('hello'));
    },
    pipe: (response) => Readable.from(['a', 'b']).pipe(response),
    'end, later': (response) => setImmediate(() => response.end('hello')),
    'end of OutgoingMessage': (response) => Reflect.apply(OutgoingMessage.prototype.end, response, ['hello']),
  };
  for (const [name, answer] of Object.entries(answers)) {
    test(name, async (t) => {
      const ids = await idsAfter(t, (request, response) => serverSpan(request, () => answer(response)));
      assert.deepEqual(ids, idsOf('server'));
      assert.equal(ids?.traceId, TRACE);
    });
  }

  test('in middleware of Express', async (t) => {
    const app = express();
    app.use((request, _response, next) => serverSpan(request, () => next()));
    app.get('/', async (_request, response) => {
      await within('query', CLIENT, async (span) => {
        await new Promise(setImmediate);
        span.end();
      });
      response.send('hello');
    });
    assert.deepEqual(await idsAfter(t, createServer(app)), idsOf('server'));
  });

  test('for each of pipelined requests', async (t) => {
    const observed = new Observed(t);
    const made: Span[] = [];
    const { port } = await serve(t, {}, (request, response) =>
      serverSpan(request, (span) => {
        made.push(span);
        // The first one answers last.
        setImmediate(() => (request.url === '/0' ? setImmediate(() => response.end()) : response.end()));
      }),
    );
    const client = await RawClient.connect(t, { port });
    await client.pipeline(['/0', '/1', '/2'].map((path) => requestText(path)));
    const exchanges = await observed.ended(3);
    assert.deepEqual(
      exchanges.map(({ target, spanContext }) => [target, spanContext?.spanId]),
      made.map((span, index) => [`/${index}`, span.spanContext().spanId]),
    );
  });
});

describe('of several spans', () => {
  const rows: readonly (readonly [
    name: string,
    expected: string,
    handle: (request: IncomingMessage, response: ServerResponse) => void,
    around?: SpanKind,
  ])[] = [
    [
      'the server span, where its child answers',
      'server',
      (request, response) => serverSpan(request, () => within('child', INTERNAL, () => response.end())),
    ],
    [
      'the server span around the handlers, not a child of it',
      'around',
      (_request, response) => within('child', INTERNAL, () => response.end()),
      SERVER,
    ],
    [
      'the server span around the handlers, not another one inside',
      'around',
      (_request, response) => within('inner', SERVER, () => response.end()),
      SERVER,
    ],
    [
      'the server span inside, not what is around the handlers',
      'server',
      (request, response) => serverSpan(request, () => response.end()),
      INTERNAL,
    ],
    [
      'what is around the handlers, where there is no server span',
      'around',
      (_request, response) => within('child', INTERNAL, () => response.end()),
      INTERNAL,
    ],
    ['the only one', 'only', (_request, response) => within('only', INTERNAL, () => response.end())],
    [
      'the outer one of two, where there is no server span',
      'outer',
      (_request, response) => within('outer', INTERNAL, () => within('inner', CLIENT, () => response.end())),
    ],
  ];
  for (const [name, expected, handle, around] of rows) {
    test(name, async (t) => {
      const server = createServer(handle);
      if (around !== undefined) wrapHandlers(server, (_request, run) => within('around', around, run));
      assert.deepEqual(await idsAfter(t, server), idsOf(expected));
    });
  }
});

describe("a caller's span is never that of the exchange", () => {
  const rows: readonly (readonly [name: string, handle: RequestListener])[] = [
    ['no span at all', (_request, response) => response.end()],
    [
      "the caller's context is active",
      (request, response) =>
        context.with(propagation.extract(ROOT_CONTEXT, request.headers), () => response.end()),
    ],
    [
      "the caller's context is active, and does not say that it is",
      (_request, response) =>
        context.with(
          trace.setSpanContext(ROOT_CONTEXT, { traceId: TRACE, spanId: PARENT, traceFlags: 1 }),
          () => response.end(),
        ),
    ],
    ['the client leaves before there is a head', (request) => request.socket.destroy()],
    ['Node answers', () => assert.fail('the handler is not called')],
  ];
  for (const [name, handle] of rows) {
    test(name, async (t) => {
      const headers = name === 'Node answers' ? { ...TRACEPARENT, Expect: 'magic' } : TRACEPARENT;
      assert.deepEqual(await idsAfter(t, handle, headers), TRACE_ALONE);
    });
  }

  test('it is told by headers of another kind', async (t) => {
    const remote = { traceId: TRACE, spanId: PARENT, traceFlags: 0, isRemote: true };
    const ids = await idsAfter(
      t,
      (_request, response) => context.with(trace.setSpanContext(ROOT_CONTEXT, remote), () => response.end()),
      {},
    );
    assert.deepEqual(ids, { ...TRACE_ALONE, traceFlags: 0 });
  });

  test('nobody calls: no ids', async (t) => {
    assert.equal(await idsAfter(t, (_request, response) => response.end(), {}), undefined);
  });

  test('a span that begins inside takes its place', async (t) => {
    const server = createServer((_request, response) => {
      within('inner', INTERNAL, () => response.end());
    });
    wrapHandlers(server, ({ headers }, run) => context.with(propagation.extract(ROOT_CONTEXT, headers), run));
    assert.deepEqual(await idsAfter(t, server), idsOf('inner'));
  });
});

describe('spans that are not recorded', () => {
  test('a server span that is sampled out', async (t) => {
    sampler = new AlwaysOffSampler();
    const ids = await idsAfter(t, (request, response) => serverSpan(request, () => response.end()));
    assert.deepEqual(ids, idsOf('server'));
    assert.deepEqual([ids?.traceId, ids?.traceFlags], [TRACE, 0]);
  });

  test('one around the handlers, and what begins inside', async (t) => {
    sampler = new AlwaysOffSampler();
    const server = createServer((_request, response) => {
      within('child', INTERNAL, () => response.end());
    });
    wrapHandlers(server, (_request, run) => within('around', SERVER, run));
    assert.deepEqual(await idsAfter(t, server), idsOf('around'));
  });

  test('tracing is suppressed', async (t) => {
    const ids = await idsAfter(t, (request, response) =>
      context.with(suppressTracing(ROOT_CONTEXT), () =>
        tracer.startActiveSpan('none', () => response.end(request.url)),
      ),
    );
    assert.deepEqual(ids, TRACE_ALONE);
  });
});

describe('a server that was started inside a span', () => {
  /** Listens there, and serves two connections. */
  async function idsOfTwo(t: TestContext, handler: RequestListener): Promise<(string | undefined)[]> {
    const observed = new Observed(t);
    const server = createServer(handler);
    const port = await within('start', INTERNAL, () => listen(t, server));
    for (const path of ['/0', '/1']) {
      const client = await RawClient.connect(t, { port });
      await client.send(requestText(path));
      await client.responses(1);
    }
    const exchanges = await observed.ended(2);
    assert.deepEqual(observed.errors, []);
    return exchanges.map(({ spanContext }) => spanContext?.spanId);
  }

  test('that one is not of its exchanges', async (t) => {
    let active: unknown;
    const ids = await idsOfTwo(t, (_request, response) => {
      active = trace.getActiveSpan();
      response.end();
    });
    assert.equal(active, spans.get('start'), 'it is active in the handlers');
    assert.deepEqual(ids, [undefined, undefined]);
  });

  test('those are that begin inside, their parent is not', async (t) => {
    const made: Span[] = [];
    const ids = await idsOfTwo(t, (_request, response) =>
      within('inner', INTERNAL, (span) => {
        made.push(span);
        response.end();
      }),
    );
    assert.deepEqual(
      ids,
      made.map((span) => span.spanContext().spanId),
    );
    assert.equal(new Set(ids).size, 2);
  });
});

test('a server span whose context is entered when the request starts, before we look', async (t) => {
  const enter = (message: unknown): void => {
    const { request } = message as { request: IncomingMessage };
    let entered = ROOT_CONTEXT;
    serverSpan(request, () => {
      entered = context.active();
    });
    manager.attach(entered);
  };
  subscribe('http.server.request.start', enter);
  t.after(() => unsubscribe('http.server.request.start', enter));
  const ids = await idsAfter(t, (_request, response) => response.end());
  assert.deepEqual(ids, idsOf('server'));
});

test('spans that cannot be read do no harm', async (t) => {
  const broken = Object.assign(trace.wrapSpanContext(INVALID_SPAN_CONTEXT), {
    spanContext: () => {
      throw new Error('no ids');
    },
  });
  const ids = await idsAfter(t, (_request, response) =>
    context.with(trace.setSpan(ROOT_CONTEXT, broken), () => response.end('hello')),
  );
  assert.deepEqual(ids, TRACE_ALONE);
});
