// The trace id in the head of a response: beside it, every byte is as without us.
import assert from 'node:assert/strict';
import { type RequestListener, ServerResponse } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { type Span, SpanKind, trace } from '@opentelemetry/api';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { EchoOptions } from '../../../src/http/echo/echo.ts';
import type { ObservedExchange } from '../../../src/http/observed-exchange.ts';
import { noIds } from '../../../src/http/trace/trace-context.ts';
import { RawClient, requestText } from '../../support/raw-client.ts';
import { manageContexts, Observed, serve } from '../support/observed.ts';
import { FORMS, type Form } from './support/forms.ts';

const BOTH: EchoOptions = { fields: ['x-trace-id', 'server-timing'] };
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = `00-${TRACE_ID}-00f067aa0ba902b7-01`;

/** All bytes that a client receives in answer to one request. */
async function answer(
  t: TestContext,
  handler: RequestListener,
  headers: Readonly<Record<string, string>> = {},
): Promise<Buffer> {
  const { port } = await serve(t, {}, handler);
  const client = await RawClient.connect(t, { port });
  await client.send(requestText('/', { headers: { Connection: 'close', ...headers } }));
  return (await client.closed()).bytes;
}

/** As text, but for the date. */
function textOf(bytes: Buffer): string {
  return bytes.toString('latin1').replaceAll(/Date: [^\r]*\r\n/g, '');
}

/** The lines that tell ids. */
function linesOf(bytes: Buffer): string[] {
  return textOf(bytes)
    .split('\r\n')
    .filter((line) => /^(?:x-trace-id|server-timing):/i.test(line));
}

function timingOf(exchange: ObservedExchange | undefined): string {
  const { traceId, spanId, traceFlags } = exchange?.spanContext ?? assert.fail('no ids');
  return `traceparent;desc="00-${traceId}-${spanId}-0${traceFlags}"`;
}

function expectedLines(exchange: ObservedExchange | undefined): string[] {
  return [`x-trace-id: ${exchange?.spanContext?.traceId}`, `server-timing: ${timingOf(exchange)}`];
}

/** What an application does that answers an error of its own with 500. The errors that it saw are in the body. */
function handlerOf(form: Form): RequestListener {
  return (_request, response) => {
    try {
      form(response);
    } catch (error) {
      if (!response.headersSent) response.statusCode = 500;
      const { code, message } = error as NodeJS.ErrnoException;
      response.end(`${code} ${message}`);
      return;
    }
    response.end('body');
  };
}

describe('each way to make a head has the bytes that it has without us', () => {
  for (const [name, form] of Object.entries(FORMS)) {
    test(name, async (t) => {
      const without = textOf(await answer(t, handlerOf(form)));
      const off = new Observed(t);
      assert.equal(textOf(await answer(t, handlerOf(form))), without);
      off.observer.disable();

      const on = new Observed(t, { echo: BOTH });
      const bytes = await answer(t, handlerOf(form));
      const [exchange] = await on.ended(1);
      assert.deepEqual(linesOf(bytes), expectedLines(exchange));
      const lines = textOf(bytes).split('\r\n');
      assert.equal(lines.filter((line) => !linesOf(bytes).includes(line)).join('\r\n'), without);
      assert.equal(exchange?.responseSize, bytes.length);
      assert.deepEqual(on.errors, []);
      on.observer.disable();
    });
  }

  test('and the methods of the response are those of Node again once the observer is disabled', async (t) => {
    const { writeHead } = ServerResponse.prototype;
    const old: unknown = Reflect.get(ServerResponse.prototype, 'writeHeader');
    const { observer } = new Observed(t, { echo: BOTH });
    await answer(t, (_request, response) => response.end());
    assert.notEqual(ServerResponse.prototype.writeHead, writeHead);
    observer.disable();
    assert.equal(ServerResponse.prototype.writeHead, writeHead);
    assert.equal(Reflect.get(ServerResponse.prototype, 'writeHeader'), old);
  });

  test('writeHeader, the older name, tells the ids too', async (t) => {
    const old: unknown = Reflect.get(ServerResponse.prototype, 'writeHeader');
    if (typeof old !== 'function') return t.skip('this version of Node has no writeHeader');
    const observed = new Observed(t, { echo: BOTH });
    const bytes = await answer(t, (_request, response) => {
      Reflect.get(response, 'writeHeader').call(response, 203, { 'X-A': '1' });
      response.end();
    });
    const [exchange] = await observed.ended(1);
    assert.deepEqual(linesOf(bytes), expectedLines(exchange));
    assert.equal(exchange?.statusCode, 203);
    return undefined;
  });
});

describe('what the application says itself stays', () => {
  const own = (form: Form) => async (t: TestContext) => {
    const observed = new Observed(t, { echo: BOTH });
    const bytes = await answer(t, handlerOf(form));
    const [exchange] = await observed.ended(1);
    return { lines: linesOf(bytes), timing: timingOf(exchange) };
  };
  const forms: Record<string, Form> = {
    object: (response) => response.writeHead(200, { 'X-Trace-Id': 'mine', 'Server-Timing': 'db;dur=5' }),
    flat: (response) => response.writeHead(200, ['X-Trace-Id', 'mine', 'Server-Timing', 'db;dur=5']),
    pairs: (response) => {
      const pairs = [
        ['X-Trace-Id', 'mine'],
        ['Server-Timing', 'db;dur=5'],
      ];
      response.writeHead(200, pairs as unknown as string[]);
    },
    set: (response) => {
      response.setHeader('X-Trace-Id', 'mine').setHeader('Server-Timing', 'db;dur=5');
    },
    'set, with an object': (response) => {
      response.setHeader('X-Trace-Id', 'mine').setHeader('Server-Timing', 'db;dur=5');
      response.writeHead(200, { 'X-A': '1' });
    },
    'set, with a flat array': (response) => {
      response.setHeader('X-Trace-Id', 'mine').setHeader('Server-Timing', 'db;dur=5');
      response.writeHead(200, ['X-A', '1']);
    },
  };
  for (const [name, form] of Object.entries(forms)) {
    test(name, async (t) => {
      const { lines, timing } = await own(form)(t);
      assert.deepEqual(
        lines.map((line) => line.toLowerCase()),
        ['x-trace-id: mine', `server-timing: db;dur=5, ${timing}`],
      );
    });
  }

  test('several values of Server-Timing', async (t) => {
    const { lines, timing } = await own((response) => {
      response.setHeader('X-Trace-Id', 'mine').setHeader('Server-Timing', ['db', 'cache']);
    })(t);
    assert.deepEqual(
      lines.map((line) => line.toLowerCase()),
      ['x-trace-id: mine', 'server-timing: db', 'server-timing: cache', `server-timing: ${timing}`],
    );
  });

  test('a head that Node refuses after it has taken the headers leaves one value, not two', async (t) => {
    const { lines, timing } = await own((response) => {
      response.setHeader('Server-Timing', 'db');
      try {
        response.writeHead(200, 'bad\nreason', { 'X-A': '1' });
      } catch {
        response.writeHead(200, 'Fine', { 'X-A': '1' });
      }
    })(t);
    assert.equal(lines.filter((line) => line.toLowerCase() === `server-timing: db, ${timing}`).length, 1);
    assert.equal(lines.length, 2);
  });
});

describe('the ids are those of the record', () => {
  test('in the trace of the caller', async (t) => {
    const observed = new Observed(t, { echo: BOTH });
    const bytes = await answer(t, (_request, response) => response.end(), { traceparent: PARENT });
    const [exchange] = await observed.ended(1);
    assert.equal(exchange?.spanContext?.traceId, TRACE_ID);
    assert.deepEqual(linesOf(bytes), expectedLines(exchange));
  });

  for (const where of ['before the handlers', 'inside of them'] as const) {
    test(`of a server span that begins ${where}`, async (t) => {
      manageContexts(t);
      const observed = new Observed(t, { echo: BOTH });
      const provider = new NodeTracerProvider();
      trace.setGlobalTracerProvider(provider);
      t.after(() => trace.disable());
      let made: Span | undefined;
      const { port, server } = await serve(t, {});
      const respond: RequestListener = (_request, response) => {
        const begin = (): void =>
          provider.getTracer('test').startActiveSpan('GET', { kind: SpanKind.SERVER }, (span) => {
            made = span;
            response.end();
          });
        if (where === 'before the handlers') begin();
        else setImmediate(begin);
      };
      server.on('request', respond);
      const client = await RawClient.connect(t, { port });
      await client.send(requestText('/', { headers: { Connection: 'close' } }));
      const { bytes } = await client.closed();
      const [exchange] = await observed.ended(1);
      assert.equal(exchange?.spanContext?.spanId, made?.spanContext().spanId);
      assert.deepEqual(linesOf(bytes), expectedLines(exchange));
    });
  }

  test('where the trace has no span of ours, there is no traceparent', async (t) => {
    manageContexts(t);
    const observed = new Observed(t, { echo: BOTH });
    trace.setGlobalTracerProvider(new NodeTracerProvider());
    t.after(() => trace.disable());
    const bytes = await answer(t, (_request, response) => response.end(), { traceparent: PARENT });
    const [exchange] = await observed.ended(1);
    assert.equal(exchange?.spanContext?.spanId, '');
    assert.deepEqual(linesOf(bytes), [`x-trace-id: ${TRACE_ID}`]);
  });

  test('pipelined requests have each its own', async (t) => {
    const observed = new Observed(t, { echo: { fields: ['x-trace-id'] } });
    const { port } = await serve(t, {}, ({ url }, response) => {
      if (url === '/slow') setImmediate(() => response.end('slow'));
      else response.end('fast');
    });
    const client = await RawClient.connect(t, { port });
    await client.pipeline([requestText('/slow'), requestText('/fast')]);
    await client.responses(2);
    const exchanges = await observed.ended(2);
    assert.deepEqual(
      linesOf(client.received),
      exchanges.map(({ spanContext }) => `x-trace-id: ${spanContext?.traceId}`),
    );
  });
});

describe('nothing is told', () => {
  const quiet = async (t: TestContext, bytes: Promise<Buffer>): Promise<void> => {
    assert.deepEqual(linesOf(await bytes), []);
    assert.equal(t.signal.aborted, false);
  };

  test('without ids', async (t) => {
    new Observed(t, { echo: BOTH, idSource: noIds });
    await quiet(
      t,
      answer(t, (_request, response) => response.end()),
    );
  });

  test('to whom it is not for', async (t) => {
    const peers: (string | undefined)[] = [];
    const isFor: EchoOptions['isFor'] = ({ remoteAddress }) => {
      peers.push(remoteAddress);
      return false;
    };
    new Observed(t, { echo: { ...BOTH, isFor } });
    await quiet(
      t,
      answer(t, (_request, response) => response.end()),
    );
    assert.deepEqual(peers, ['127.0.0.1']);
  });

  test('where our own code fails; the error is reported', async (t) => {
    const failure = new Error('broken');
    const isFor = (): boolean => {
      throw failure;
    };
    const observed = new Observed(t, { echo: { ...BOTH, isFor } });
    await quiet(
      t,
      answer(t, (_request, response) => response.writeHead(200, { a: '1' }).end()),
    );
    assert.deepEqual(observed.errors, [failure]);
  });

  test('in an upgrade, whose head the application writes itself', async (t) => {
    new Observed(t, { echo: BOTH });
    const { port, server } = await serve(t, {});
    server.on('upgrade', (_request, socket) => {
      socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n');
    });
    const client = await RawClient.connect(t, { port });
    await client.send(requestText('/', { headers: { Connection: 'Upgrade', Upgrade: 'test' } }));
    const { bytes } = await client.closed();
    assert.match(bytes.toString(), /^HTTP\/1\.1 101 /);
    assert.deepEqual(linesOf(bytes), []);
  });

  test('in an informational head by writeHead', async (t) => {
    new Observed(t, { echo: BOTH });
    const bytes = await answer(t, (_request, response) => response.writeHead(103, { Link: '</a>' }).end());
    assert.match(bytes.toString(), /^HTTP\/1\.1 103 /);
    assert.deepEqual(linesOf(bytes), []);
  });

  test('in what Node answers to a request that it cannot read', async (t) => {
    new Observed(t, { echo: BOTH });
    const { port } = await serve(t, {}, (_request, response) => response.end());
    const client = await RawClient.connect(t, { port });
    await client.send('GET / HTTP/1.1\r\nbad header\r\n\r\n');
    const { bytes } = await client.closed();
    assert.match(bytes.toString(), /^HTTP\/1\.1 400 /);
    assert.deepEqual(linesOf(bytes), []);
  });
});

test('what Node answers itself tells the ids of its record: 417', async (t) => {
  const observed = new Observed(t, { echo: BOTH });
  const bytes = await answer(t, (_request, response) => response.end(), { Expect: 'tea' });
  const [exchange] = await observed.ended(1);
  assert.equal(exchange?.statusCode, 417);
  assert.deepEqual(linesOf(bytes), expectedLines(exchange));
});
