import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { type RawClient, requestText } from '../../support/raw-client.ts';
import { PATHS, SERVER_KINDS } from './fuzzed-servers.ts';

/** One client: what it sends, in which pieces, and how it leaves. */
export interface Visit {
  readonly server: keyof typeof SERVER_KINDS;
  /** Speaks TLS where the server does; else its bytes are no handshake. */
  readonly speaksTls: boolean;
  readonly pieces: readonly Uint8Array[];
  /** Between two pieces, and before it leaves. */
  readonly pause: 'none' | 'turn' | 'wait';
  readonly leave: 'destroy' | 'reset' | 'halfClose' | 'stay';
  readonly reads: boolean;
}

const path = fc.constantFrom(...PATHS);
const headers = fc.constantFrom<Record<string, string>>(
  {},
  {},
  { Connection: 'close' },
  { Expect: '100-continue' },
  { Expect: 'wonders' },
  { Connection: 'Upgrade', Upgrade: 'x' },
);
const body = fc.constantFrom('', 'hello', 'x'.repeat(70_000));
const chunks = fc.constantFrom(
  '0\r\n\r\n',
  '5\r\nhello\r\n0\r\n\r\n',
  '5\r\nhello\r\n',
  'zz\r\n',
  '5\r\nhelloworld\r\n',
  `5;${'x'.repeat(20_000)}`,
  '0\r\nTrailer: x\r\n\r\n',
);

/** Whole requests, and what is nearly one. */
const request: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(path, headers).map(([target, own]) => requestText(target, { headers: own })),
  },
  fc
    .tuple(path, fc.constantFrom('HEAD', 'POST', 'PUT', 'WONDER', 'PRI'), headers, body)
    .map(([target, method, own, text]) => requestText(target, { method, headers: own, body: text })),
  fc
    .tuple(path, headers, chunks)
    .map(
      ([target, own, text]) =>
        requestText(target, { method: 'POST', headers: { ...own, 'Transfer-Encoding': 'chunked' } }) + text,
    ),
  fc.constantFrom(
    'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n',
    'GET / HTTP/1.0\r\n\r\n',
    'GET / HTTP/1.1\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello',
    '\r\n\r\n',
  ),
);

const noise: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc.constant(Buffer.from('1603010200010001fc0303', 'hex')),
);

/** Requests; some are cut off, in others one byte is changed. */
const bytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 6, arbitrary: request.map((text) => Buffer.from(text, 'latin1')) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(request, fc.nat())
      .map(([text, at]) => Buffer.from(text.slice(0, at % text.length), 'latin1')),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(request, fc.nat(), fc.nat(255)).map(([text, at, value]) => {
      const changed = Buffer.from(text, 'latin1');
      changed[at % changed.length] = value;
      return changed;
    }),
  },
  { weight: 1, arbitrary: noise },
);

/** All bytes of a client, cut anew: a piece may end anywhere in a request, or hold several. */
const pieces: fc.Arbitrary<readonly Uint8Array[]> = fc
  .tuple(fc.array(bytes, { maxLength: 4 }), fc.array(fc.nat(400), { maxLength: 3 }))
  .map(([parts, cuts]) => {
    const all = Buffer.concat(parts);
    const ends = [...cuts.filter((cut) => cut < all.length).sort((a, b) => a - b), all.length];
    return ends.map((end, index) => all.subarray(ends[index - 1] ?? 0, end));
  });

export const visit: fc.Arbitrary<Visit> = fc.record({
  server: fc.constantFrom(...(Object.keys(SERVER_KINDS) as (keyof typeof SERVER_KINDS)[])),
  speaksTls: fc.boolean(),
  pieces,
  pause: fc.constantFrom('none', 'turn', 'turn', 'wait'),
  leave: fc.constantFrom('destroy', 'reset', 'halfClose', 'stay'),
  reads: fc.boolean(),
});

/** Does what the visit says; the server may have closed the connection meanwhile. */
export async function act(client: RawClient, { pieces: sent, pause, leave, reads }: Visit): Promise<void> {
  if (!reads) client.pause();
  for (const piece of sent) {
    await client.send(piece).catch(() => undefined);
    if (pause === 'turn') await new Promise((resolve) => setImmediate(resolve));
    if (pause === 'wait') await sleep(8);
  }
  if (leave !== 'stay') client[leave]();
}
