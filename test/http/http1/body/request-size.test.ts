// Sizes of requests, held against the bytes that a raw client sent: exact, or absent.
import assert from 'node:assert/strict';
import { createServer as createTlsServer } from 'node:https';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { fuzzAsync } from '../../../hostile/support/fuzz.ts';
import { selfSigned } from '../../../support/certificates.ts';
import { RawClient } from '../../../support/raw-client.ts';
import { listen, Observed, serve } from '../../support/observed.ts';

const GET =
  'GET /a?b=%20 HTTP/1.1\r\nHost: shop.example\r\nAccept: */*\r\nX-Twice: 1\r\nX-Twice: \xe9\r\n\r\n';
const POST = `POST /a HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 5\r\n\r\nhello`;
const CHUNKED =
  'POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;ext=1\r\nhello\r\n0\r\nX-Trailer: 1\r\n\r\n';
const COMPACT = 'GET /a HTTP/1.1\r\nHost:a\r\nAccept:b\r\n\r\n';

/** Pieces that are written one after the other, each once the one before was read; and the sizes to be seen. */
interface Case {
  readonly name: string;
  readonly pieces: readonly string[];
  readonly sizes: readonly (number | undefined)[];
}

const CASES: readonly Case[] = [
  { name: 'GET', pieces: [GET], sizes: [GET.length] },
  { name: 'POST with a body', pieces: [POST], sizes: [POST.length] },
  {
    name: 'a head and a body in pieces',
    pieces: [POST.slice(0, 9), POST.slice(9, 40), POST.slice(40, -2), POST.slice(-2)],
    sizes: [POST.length],
  },
  {
    name: 'Expect: 100-continue',
    pieces: [POST.slice(0, -9).concat('\r\nExpect: 100-continue\r\n\r\n'), 'hello'],
    sizes: [POST.length + 'Expect: 100-continue\r\n'.length],
  },
  {
    name: 'keep-alive',
    pieces: [GET, POST, GET],
    sizes: [GET.length, POST.length, GET.length],
  },
  {
    name: 'a chunked body: absent; exact again after it',
    pieces: [GET, CHUNKED, GET],
    sizes: [GET.length, undefined, GET.length],
  },
  {
    name: 'pipelined in one write: absent; exact again after it',
    pieces: [GET + POST, GET],
    sizes: [undefined, undefined, GET.length],
  },
  {
    name: 'the beginning of the next request comes along: both absent; exact again after it',
    pieces: [GET + POST.slice(0, 5), POST.slice(5), GET],
    sizes: [undefined, undefined, GET.length],
  },
  {
    name: 'an empty line behind a body: absent; exact again after it',
    pieces: [`${POST}\r\n`, GET],
    sizes: [undefined, GET.length],
  },
  {
    name: 'an empty line before a request: absent',
    pieces: [GET, `\r\n${GET}`, GET],
    sizes: [GET.length, undefined, GET.length],
  },
  {
    name: 'an empty line on its own',
    pieces: [GET, '\r\n', GET, GET],
    sizes: [GET.length, undefined, GET.length],
  },
  {
    name: 'a head without the usual whitespace: absent; exact again after it',
    pieces: [COMPACT, GET],
    sizes: [undefined, GET.length],
  },
  {
    name: 'a head without whitespace, and as many bytes of the next request',
    pieces: [`${COMPACT}GE`, GET.slice(2), GET],
    sizes: [undefined, undefined, GET.length],
  },
  {
    name: 'more whitespace than usual: absent',
    pieces: ['GET / HTTP/1.1\r\nHost:  a\t\r\n\r\n'],
    sizes: [undefined],
  },
];

/** Sends each piece in a segment of its own. */
async function sendInPieces(client: RawClient, pieces: readonly string[]): Promise<void> {
  for (const piece of pieces) {
    await client.send(Buffer.from(piece, 'latin1'));
    await delay(15);
  }
}

async function sizesOf(observed: Observed, count: number): Promise<(number | undefined)[]> {
  const exchanges = await observed.ended(count);
  assert.deepEqual(observed.errors, []);
  return exchanges.map(({ requestSize }) => requestSize);
}

/** Where the parser does not show whether a message has begun, a head without whitespace hides as many other bytes. */
const SHORT_HEADS =
  Number(process.versions.node.split('.')[0]) > 20 && 'Node 22 and later do not show where a message begins';

describe('the size of a request', () => {
  for (const { name, pieces, sizes } of CASES) {
    test(name, { skip: name.includes('of the next request') && SHORT_HEADS }, async (t) => {
      const observed = new Observed(t);
      const { port } = await serve(t, {}, (request, response) => {
        request.resume();
        request.on('end', () => response.end('ok'));
      });
      await sendInPieces(await RawClient.connect(t, { port }), pieces);
      assert.deepEqual(await sizesOf(observed, sizes.length), sizes);
    });
  }

  test('counts the bytes of HTTP where the socket is TLS', async (t) => {
    const observed = new Observed(t);
    const { cert, key } = await selfSigned();
    const port = await listen(
      t,
      createTlsServer({ cert, key }, (_request, response) => response.end('ok')),
    );
    const client = await RawClient.connect(t, { port, tls: { ca: cert, servername: 'localhost' } });
    await sendInPieces(client, [GET, POST, GET]);
    assert.deepEqual(await sizesOf(observed, 3), [GET.length, POST.length, GET.length]);
  });

  test('is absent where the response ends before the request does, and exact again after it', async (t) => {
    const observed = new Observed(t);
    const { port } = await serve(t, {}, (_request, response) => response.end('ok'));
    const client = await RawClient.connect(t, { port });
    await sendInPieces(client, [POST.slice(0, -2), POST.slice(-2), GET, GET]);
    assert.deepEqual(await sizesOf(observed, 3), [undefined, undefined, GET.length]);
  });

  test('is absent where the upload was aborted', async (t) => {
    const observed = new Observed(t);
    const { port } = await serve(t, {}, (request) => request.resume());
    const client = await RawClient.connect(t, { port });
    await sendInPieces(client, [POST.slice(0, -2)]);
    client.destroy();
    assert.deepEqual(await sizesOf(observed, 1), [undefined]);
  });

  test('does not depend on what the application does to the request', async (t) => {
    const observed = new Observed(t);
    const { port } = await serve(t, {}, (request, response) => {
      request.url = '/rewritten/and/longer';
      request.rawHeaders.push('X-Added', 'by the application');
      response.end();
    });
    await sendInPieces(await RawClient.connect(t, { port }), [GET]);
    assert.deepEqual(await sizesOf(observed, 1), [GET.length]);
  });

  test('is that of a connection that was open before anything was observed only from its second request on', async (t) => {
    const { port } = await serve(t, {}, (_request, response) => response.end('ok'));
    const client = await RawClient.connect(t, { port });
    await sendInPieces(client, [GET]);
    const observed = new Observed(t);
    await sendInPieces(client, [GET, GET]);
    assert.deepEqual(await sizesOf(observed, 2), [undefined, GET.length]);
  });
});

describe('random requests, cut anywhere', () => {
  const body = fc.string({ maxLength: 40 }).map((text) => Buffer.from(text).toString('latin1'));
  const request = fc
    .record({
      colon: fc.constantFrom(': ', ': ', ': ', ':', ':  '),
      value: fc.stringMatching(/^[a-z]{1,20}$/),
      body: fc.option(body, { nil: undefined }),
    })
    .map(({ colon, value, body }) => {
      const length = body === undefined ? '' : `Content-Length${colon}${body.length}\r\n`;
      return `POST /x HTTP/1.1\r\nHost${colon}a\r\nX-A${colon}${value}\r\n${length}\r\n${body ?? ''}`;
    });

  test('a size is exact, or absent', { skip: SHORT_HEADS }, async (t: TestContext) => {
    const observed = new Observed(t);
    const { port } = await serve(t, {}, (received, response) => {
      received.resume();
      received.on('end', () => response.end('ok'));
    });
    let seen = 0;
    const requestsAndCuts = fc.tuple(
      fc.array(request, { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(400), { maxLength: 4 }),
    );
    await fuzzAsync(
      fc.asyncProperty(requestsAndCuts, async ([requests, cuts]) => {
        observed.exchanges.length = 0;
        const client = await RawClient.connect({ after: () => undefined }, { port });
        const all = requests.join('');
        const ends = [...new Set([...cuts.filter((cut) => cut < all.length), all.length])].sort(
          (one, other) => one - other,
        );
        const pieces = ends.map((end, index) => all.slice(ends[index - 1] ?? 0, end));
        for (const piece of pieces) {
          await client.send(Buffer.from(piece, 'latin1'));
          await delay(2);
        }
        const exchanges = await observed.ended(requests.length);
        for (const [index, { requestSize }] of exchanges.entries()) {
          if (requestSize === undefined) continue;
          seen++;
          assert.equal(requestSize, requests[index]?.length);
        }
        client.destroy();
      }),
      0.04,
    );
    assert.ok(seen > 0);
  });
});
