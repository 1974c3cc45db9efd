// Handlers made of random steps, for what is recorded to be held against the bytes on the wire.
import { OutgoingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';

/** Something to write: a text so many times, as a text in that encoding or as bytes. */
interface Piece {
  readonly text: string;
  readonly times: number;
  readonly as: BufferEncoding | 'bytes';
}

export type Step =
  | { readonly do: 'write' | 'write of OutgoingMessage' | 'end'; readonly piece: Piece }
  | { readonly do: 'pipe'; readonly pieces: readonly Piece[] }
  | { readonly do: 'write to the socket'; readonly text: string }
  | { readonly do: 'addTrailers' | 'writeContinue' | 'writeProcessing' | 'writeEarlyHints' }
  | { readonly do: 'flushHeaders' | 'cork' | 'uncork' | 'cork the socket' | 'uncork the socket' | 'wait' }
  | { readonly do: 'destroy' | 'destroy the socket' };

/** What a handler does: it makes a head, goes its steps, and ends the response unless one of them did. */
export interface Program {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly head: 'implicit' | 'writeHead' | 'writeHead with a list';
  readonly steps: readonly Step[];
  readonly end: 'end()' | 'end(callback)' | 'end(text)' | 'end(bytes)' | 'end of OutgoingMessage';
}

const times = fc.constantFrom(1, 1, 1, 20_000);
const piece: fc.Arbitrary<Piece> = fc.oneof(
  fc.record({
    text: fc.oneof(
      fc.string({ maxLength: 10 }),
      fc.string({ unit: 'grapheme', maxLength: 5 }),
      fc.constant('\ud800'),
    ),
    times,
    as: fc.constantFrom('utf8', 'utf8', 'latin1', 'utf16le', 'ascii', 'bytes'),
  }),
  fc.record({ text: fc.constantFrom('', '0d0a', 'c3a4'), times, as: fc.constantFrom('hex', 'base64') }),
);

/** Steps that leave the response whole. */
const plainStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constantFrom('write' as const, 'write of OutgoingMessage' as const),
    piece,
  }),
  fc.record({ do: fc.constant('pipe' as const), pieces: fc.array(piece, { maxLength: 4 }) }),
  fc.record({
    do: fc.constantFrom(
      'addTrailers' as const,
      'writeContinue' as const,
      'writeProcessing' as const,
      'writeEarlyHints' as const,
      'flushHeaders' as const,
      'cork' as const,
      'uncork' as const,
      'cork the socket' as const,
      'uncork the socket' as const,
      'wait' as const,
    ),
  }),
);
const rawStep: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('write to the socket' as const),
  text: fc.constantFrom('HTTP/1.1 102 Processing\r\n\r\n', 'raw'),
});
const destroyStep: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom('destroy' as const, 'destroy the socket' as const),
});

const headers = fc.oneof(
  fc.constantFrom<Record<string, string>>(
    {},
    { 'X-Latin': 'caf\u00e9 \u00df' },
    { Trailer: 'X-Sum' },
    { 'Transfer-Encoding': 'chunked' },
    { Connection: 'close' },
  ),
  fc.nat(30).map((length): Record<string, string> => ({ 'Content-Length': String(length) })),
);

/** @param step arbitrary of one step */
function programOf(step: fc.Arbitrary<Step>): fc.Arbitrary<Program> {
  return fc.record({
    status: fc.constantFrom(200, 200, 200, 204, 304, 404),
    headers,
    head: fc.constantFrom('implicit', 'writeHead', 'writeHead with a list'),
    steps: fc.array(step, { maxLength: 6 }),
    end: fc.constantFrom('end()', 'end(callback)', 'end(text)', 'end(bytes)', 'end of OutgoingMessage'),
  });
}

/** Handlers that end what they began. */
export const wholeProgram: fc.Arbitrary<Program> = programOf(plainStep);
/** Handlers that write past the response too. */
export const rawProgram: fc.Arbitrary<Program> = programOf(fc.oneof(plainStep, rawStep));
/** Handlers that may destroy the response, or its socket. */
export const brokenProgram: fc.Arbitrary<Program> = programOf(fc.oneof(plainStep, destroyStep));

/** Whether something is written past the response. */
export function writesRaw({ steps }: Program): boolean {
  return steps.some((step) => step.do === 'write to the socket');
}

export async function run(program: Program, response: ServerResponse): Promise<void> {
  // Writing after the end, or on what was destroyed.
  response.on('error', () => undefined);
  makeHead(program, response);
  for (const step of program.steps) {
    try {
      await go(step, response);
    } catch {
      // A second head, an encoding that is none: the application goes on.
    }
  }
  try {
    end(program, response);
  } catch {
    // A head that may have no trailers.
    response.removeHeader('trailer');
    response.end();
  }
}

function makeHead({ status, headers: named, head }: Program, response: ServerResponse): void {
  try {
    if (head === 'implicit') {
      response.statusCode = status;
      for (const [name, value] of Object.entries(named)) response.setHeader(name, value);
    } else if (head === 'writeHead') {
      response.writeHead(status, 'As said', named);
    } else {
      response.writeHead(status, Object.entries(named).flat());
    }
  } catch {
    // Trailers without chunks.
  }
}

async function go(step: Step, response: ServerResponse): Promise<void> {
  switch (step.do) {
    case 'write':
      response.write(...argumentsOf(step.piece));
      break;
    case 'write of OutgoingMessage':
      Reflect.apply(OutgoingMessage.prototype.write, response, argumentsOf(step.piece));
      break;
    case 'end':
      response.end(...argumentsOf(step.piece));
      break;
    case 'pipe':
      await nextTurn();
      // A head that may have no trailers throws, in the stream's time; into what is corked it waits for ever.
      if (!response.headersSent && response.hasHeader('trailer')) break;
      if (response.writableCorked + (response.socket?.writableCorked ?? 0) > 0) break;
      await pipe(step.pieces, response);
      break;
    case 'write to the socket':
      response.socket?.write(step.text);
      break;
    case 'writeContinue':
    case 'writeProcessing':
      if (mayInform(response)) response[step.do]();
      break;
    case 'addTrailers':
      response.addTrailers({ 'X-Sum': 'abc' });
      break;
    case 'writeEarlyHints':
      if (mayInform(response)) response.writeEarlyHints({ link: '</x.css>; rel=preload' });
      break;
    case 'cork the socket':
      response.socket?.cork();
      break;
    case 'uncork the socket':
      response.socket?.uncork();
      break;
    case 'wait':
      await nextTurn();
      break;
    case 'uncork':
      if (response.writableCorked > 0) response.uncork();
      break;
    case 'destroy':
      // Node 24 and 26 wait for ever for one that is destroyed while it waits itself.
      if (response.socket !== null) response.destroy();
      break;
    case 'destroy the socket':
      response.socket?.destroy();
      break;
    default:
      response[step.do]();
  }
}

function bytesOf({ text, times, as }: Piece): Buffer {
  return Buffer.from(text.repeat(times), as === 'bytes' ? 'utf8' : as);
}

function argumentsOf(piece: Piece): [chunk: string | Buffer, encoding: BufferEncoding] {
  const { text, times, as } = piece;
  return as === 'bytes' ? [bytesOf(piece), 'utf8'] : [text.repeat(times), as];
}

/** Node 20 and 22 write 1xx in the middle of a body too, and Node 20 to 26 write one that waits after its head. */
function mayInform({ headersSent, socket }: ServerResponse): boolean {
  return !headersSent && socket !== null;
}

function pipe(pieces: readonly Piece[], response: ServerResponse): Promise<void> {
  const source = Readable.from(pieces.map(bytesOf));
  source.pipe(response, { end: false });
  return new Promise((resolve) => {
    source.once('end', resolve);
    response.once('close', resolve);
  });
}

function end(program: Program, response: ServerResponse): void {
  switch (program.end) {
    case 'end()':
      response.end();
      break;
    case 'end(callback)':
      response.end(() => undefined);
      break;
    case 'end(text)':
      response.end('the end \u00e9');
      break;
    case 'end(bytes)':
      response.end(Buffer.from('the end'));
      break;
    case 'end of OutgoingMessage':
      Reflect.apply(OutgoingMessage.prototype.end, response, ['past \u2028']);
      break;
  }
}
