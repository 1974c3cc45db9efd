// Sizes of responses, held against the bytes that a raw client got.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, OutgoingMessage, ServerResponse } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import type { ObservedExchange } from '../../../../src/http/observed-exchange.ts';
import { fuzzAsync } from '../../../hostile/support/fuzz.ts';
import { RawClient, requestText } from '../../../support/raw-client.ts';
import { listen, Observed, serve } from '../../support/observed.ts';
import {
  brokenProgram,
  type Program,
  rawProgram,
  run,
  wholeProgram,
  writesRaw,
} from '../../support/random-handler.ts';
import { readOnWire } from '../../support/wire.ts';

/** Served on one connection. */
interface Requests {
  readonly programs: readonly Program[];
  readonly method: 'GET' | 'HEAD';
  readonly version: '1.0' | '1.1';
  readonly isPipelined: boolean;
}

function requestsOf(program: fc.Arbitrary<Program>): fc.Arbitrary<Requests> {
  return fc.record({
    programs: fc.array(program, { minLength: 1, maxLength: 3 }),
    method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD'),
    version: fc.constantFrom('1.1', '1.1', '1.1', '1.0'),
    isPipelined: fc.boolean(),
  });
}

type Judge = (exchanges: readonly ObservedExchange[], received: Buffer, requests: Requests) => void;

/** Random handlers answer random requests; each run is judged by what was seen and what the client got. */
async function serveAll(
  t: TestContext,
  arbitrary: fc.Arbitrary<Requests>,
  share: number,
  judge: Judge,
): Promise<void> {
  const observed = new Observed(t);
  let programs: readonly Program[] = [];
  const server = createServer((request, response) => {
    const program = programs[Number(request.url?.slice(1))];
    assert.ok(program !== undefined);
    void run(program, response);
  });
  const port = await listen(t, server);
  let judged = 0;
  let gone: Promise<unknown> = Promise.resolve();
  server.on('connection', (socket) => {
    gone = once(socket, 'close');
  });
  await fuzzAsync(
    fc.asyncProperty(arbitrary, async (requests) => {
      observed.exchanges.length = 0;
      programs = requests.programs;
      const client = await RawClient.connect({ after: () => undefined }, { port });
      const texts = programs.map((_program, index) => {
        const connection = index === programs.length - 1 ? 'close' : 'keep-alive';
        const { method, version } = requests;
        return requestText(`/${index}`, { method, headers: { Connection: connection } }).replace(
          'HTTP/1.1',
          `HTTP/${version}`,
        );
      });
      if (requests.isPipelined) await client.pipeline(texts);
      else await oneByOne(client, texts, observed, programs);
      const { bytes, errorCode } = await client.closed();
      await gone;
      await nextTurn();
      // A reset discards what the client's kernel has received and the client has not read.
      if (errorCode === undefined) {
        judge(observed.exchanges, bytes, requests);
        judged++;
      }
      assert.deepEqual(observed.errors, []);
    }),
    share,
  );
  assert.ok(judged > 0);
}

/** Sends each request when the answer to the one before has arrived, as long as the connection is good for it. */
async function oneByOne(
  client: RawClient,
  texts: readonly string[],
  observed: Observed,
  programs: readonly Program[],
): Promise<void> {
  let size = 0;
  for (const [index, text] of texts.entries()) {
    await client.send(text);
    const exchange = (await observed.ended(index + 1))[index];
    if (exchange?.responseSize === undefined || exchange.outcome !== 'completed') break;
    if (programs[index]?.steps.some((step) => step.do.startsWith('destroy'))) break;
    const before = size;
    size += exchange.responseSize;
    const received = await client.receive(size);
    if (received.includes('\r\nConnection: close\r\n', before)) break;
  }
  client.halfClose();
}

function programOf({ target }: ObservedExchange, { programs }: Requests): Program {
  const program = programs[Number(target.slice(1))];
  assert.ok(program !== undefined);
  return program;
}

describe('what wraps a response, or goes past it', () => {
  type Method = 'write' | 'end';
  /** Wraps a method of all responses, as an agent does that came before us, for as long as the test runs. */
  function wrap(t: TestContext, method: Method, change: (chunk: unknown) => unknown): void {
    const { prototype } = ServerResponse;
    const original = Reflect.get(prototype, method);
    const wrapper = function wrapper(this: ServerResponse, chunk: unknown, ...rest: unknown[]): unknown {
      return Reflect.apply(original, this, [change(chunk), ...rest]);
    };
    Object.defineProperty(prototype, method, { value: wrapper, writable: true, configurable: true });
    t.after(() => Reflect.deleteProperty(prototype, method));
  }
  const cases: readonly {
    readonly name: string;
    readonly wrap?: readonly [Method, (chunk: unknown) => unknown];
    readonly handler: (response: ServerResponse) => void;
    /** Default: as many as the client got. */
    readonly bodySize?: 'left out';
  }[] = [
    {
      name: 'an agent that wrapped end before us, and changes the body',
      wrap: ['end', (chunk) => `${chunk} and a script`],
      handler: (response) => response.end('page'),
    },
    {
      name: 'an agent that wrapped write before us, and takes the body away',
      wrap: ['write', () => 'x'],
      handler: (response) => {
        response.write('much more than that');
        response.end();
      },
    },
    {
      name: 'OutgoingMessage.prototype.end',
      handler: (response) => Reflect.apply(OutgoingMessage.prototype.end, response, ['éè']),
    },
    {
      name: 'OutgoingMessage.prototype.write, in chunks',
      handler: (response) => {
        Reflect.apply(OutgoingMessage.prototype.write, response, ['abc']);
        Reflect.apply(OutgoingMessage.prototype.write, response, [Buffer.alloc(300)]);
        Reflect.apply(OutgoingMessage.prototype.end, response, []);
      },
    },
    {
      name: 'chunks of a corked response',
      handler: (response) => {
        response.flushHeaders();
        response.cork();
        response.write('one');
        response.write('two');
        response.uncork();
        response.end('three');
      },
    },
    {
      name: 'a head with characters beyond ASCII, before a text and before bytes',
      handler: (response) => {
        response.setHeader('X-Name', 'café');
        response.end(response.req.url === '/bytes' ? Buffer.from('abc') : 'abc');
      },
    },
    {
      name: 'bytes that the application writes to the socket',
      handler: (response) => {
        response.writeHead(200, { 'Content-Length': 6 });
        response.flushHeaders();
        response.socket?.write('abc');
        response.end('def');
      },
      bodySize: 'left out',
    },
    {
      name: 'base64 that is none: fewer bytes than Node itself counts',
      handler: (response) => {
        response.shouldKeepAlive = false;
        response.removeHeader('content-length');
        response.removeHeader('transfer-encoding');
        response.end('YWJj!!!!', 'base64');
      },
      bodySize: 'left out',
    },
  ];
  for (const { name, wrap: wrapped, handler, bodySize } of cases) {
    test(name, async (t) => {
      if (wrapped !== undefined) wrap(t, ...wrapped);
      const observed = new Observed(t);
      const { port } = await serve(t, {}, (_request, response) => handler(response));
      for (const [index, target] of ['/text', '/bytes'].entries()) {
        const client = await RawClient.connect(t, { port });
        await client.send(requestText(target, { headers: { Connection: 'close' } }));
        const { bytes } = await client.closed();
        const exchange = (await observed.ended(index + 1))[index];
        const expected = bodySize === undefined ? readOnWire(bytes).bodySize : undefined;
        assert.deepEqual([exchange?.responseBodySize, exchange?.responseSize], [expected, bytes.length]);
      }
    });
  }
});

describe('sizes of what random handlers write', () => {
  test('and end', async (t) => {
    await serveAll(t, requestsOf(wholeProgram), 0.05, (exchanges, received, { method }) => {
      let start = 0;
      for (const { responseSize, responseBodySize, statusCode, outcome } of exchanges) {
        // It waited behind one that closed the connection.
        if (responseSize === undefined) {
          assert.deepEqual([outcome, statusCode, responseBodySize], ['aborted', undefined, undefined]);
          continue;
        }
        const wire = readOnWire(received.subarray(start, start + responseSize));
        assert.deepEqual([statusCode, responseBodySize], [wire.status, wire.bodySize]);
        const hasBody = method !== 'HEAD' && statusCode !== 204 && statusCode !== 304;
        if (!hasBody) assert.equal(responseBodySize, 0);
        assert.equal(outcome, hasBody && wire.bodySize < wire.promised ? 'aborted' : 'completed');
        start += responseSize;
      }
      assert.equal(start, received.length);
    });
  });

  test('past the response: the body is left out', async (t) => {
    await serveAll(t, requestsOf(rawProgram), 0.05, (exchanges, received, requests) => {
      let size = 0;
      for (const exchange of exchanges) {
        const { responseSize = Number.NaN, responseBodySize } = exchange;
        size += responseSize;
        const isRaw = writesRaw(programOf(exchange, requests));
        assert.ok(isRaw || responseBodySize !== undefined || Number.isNaN(responseSize));
        if (responseBodySize === undefined) continue;
        // What was written to the socket may be that of the exchange before, which waited.
        const wire = readOnWire(received.subarray(size - responseSize, size));
        if (!isRaw) assert.equal(responseBodySize, wire.bodySize);
      }
      if (!Number.isNaN(size)) assert.equal(size, received.length);
    });
  });

  test('and break off', async (t) => {
    await serveAll(t, requestsOf(brokenProgram), 0.05, (exchanges, received) => {
      let start = 0;
      for (const { responseSize, responseBodySize, statusCode, outcome } of exchanges) {
        const end = responseSize === undefined ? received.length : start + responseSize;
        const wire = readOnWire(received.subarray(start, end));
        start = end;
        assert.equal(statusCode, wire.status);
        if (wire.status === undefined) assert.equal(responseBodySize, undefined);
        // At the most: what had left of the last chunk is not known.
        else if (responseSize === undefined) {
          assert.ok(responseBodySize !== undefined);
          assert.ok(responseBodySize >= wire.bodySize && responseBodySize <= wire.afterHead);
        } else assert.equal(responseBodySize, wire.bodySize);
        if (responseSize === undefined) assert.equal(outcome, 'aborted');
      }
      assert.equal(start, received.length);
    });
  });
});
