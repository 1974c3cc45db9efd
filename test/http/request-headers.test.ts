// The headers that an exchange keeps are those of `request.headers`, which is read only where the raw ones do not do.
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ObservedRequest } from '../../src/http/node-internals.ts';
import { compileNames, RequestHeaders } from '../../src/http/request-headers.ts';
import { listen } from '../support/listen.ts';
import { RawClient } from '../support/raw-client.ts';

const WANTED = ['x-forwarded-for', 'x-forwarded-proto', 'cookie', 'set-cookie', 'accept', 'constructor'];
const NAMES = ['User-Agent', 'traceparent', 'X-Other', 'Hoster', 'x-forwarded-fur', 'TraceParens', ...WANTED];

/** As the getter has them. */
function expected({ headers }: IncomingMessage): object {
  const picked = WANTED.filter((name) => Object.hasOwn(headers, name)).map((name) => [name, headers[name]]);
  const { host, traceparent } = headers;
  return {
    host,
    userAgent: headers['user-agent'],
    traceparent: typeof traceparent === 'string' ? traceparent : undefined,
    contentLength: headers['content-length'],
    hasTransferEncoding: headers['transfer-encoding'] !== undefined,
    picked: picked.length === 0 ? undefined : Object.fromEntries(picked),
  };
}

function read(request: IncomingMessage, { maxHeadersCount }: Server): object {
  const headers = new RequestHeaders(request as ObservedRequest, compileNames(WANTED), maxHeadersCount);
  return { ...headers, picked: headers.picked && { ...headers.picked } };
}

const SERVERS: Readonly<Record<string, (server: Server) => void>> = {
  'as they are by default': () => undefined,
  'of which five are kept': (server) => {
    server.maxHeadersCount = 5;
  },
};

for (const [how, configure] of Object.entries(SERVERS)) {
  test(`headers of any name, case and number are read as Node reads them, ${how}`, async (t) => {
    let pair: { own: object; node: object } | undefined;
    const server = createServer((request, response) => {
      // Our own reading comes first: the getter remembers what it made.
      const own = read(request, server);
      pair = { own, node: expected(request) };
      response.end();
    });
    configure(server);
    const port = Number((await listen(t, server)).split(':')[1]);
    const client = await RawClient.connect(t, { port });
    const cased = fc
      .constantFrom(...NAMES)
      .chain((name) => fc.constantFrom(name, name.toLowerCase(), name.toUpperCase()));
    const value = fc.string({ unit: fc.constantFrom(...'ab1-,; "='), maxLength: 8 });
    let count = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cased, value), { maxLength: 12 }), async (lines) => {
        const head = [
          'GET / HTTP/1.1',
          'Host: a',
          ...lines.map(([name, text]) => `${name}: ${text}`),
          '',
          '',
        ];
        await client.send(head.join('\r\n'));
        count += 1;
        await client.responses(count);
        assert.deepEqual(pair?.own, pair?.node);
      }),
      { numRuns: 500 },
    );
  });
}

test('more headers than Node keeps are read by the getter', async (t) => {
  const seen: object[] = [];
  const server = createServer((request, response) => {
    seen.push(read(request, server), expected(request));
    response.end();
  });
  server.maxHeadersCount = 5;
  const port = Number((await listen(t, server)).split(':')[1]);
  const client = await RawClient.connect(t, { port });
  const many = Array.from({ length: 200 }, (_, index) => `x-${index}: 1`);
  await client.send(['GET / HTTP/1.1', 'Host: a', ...many, 'Accept: b', '', ''].join('\r\n'));
  await client.responses(1);
  assert.deepEqual(seen[0], seen[1]);
});
