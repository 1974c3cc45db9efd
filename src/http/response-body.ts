// Not the global one, which is a getter.
import { Buffer } from 'node:buffer';
import { performance } from 'node:perf_hooks';
import { captureHeadContext } from './active-span.ts';
import { exchangeOf } from './exchange-slot.ts';
import type { ObservedResponse } from './node-internals.ts';
import type { ObservedExchange } from './observed-exchange.ts';

type Method = (this: unknown, ...args: unknown[]) => unknown;
type MethodName = 'write' | 'end' | 'writeHead' | 'flushHeaders';
/** Where the methods are found that are called in the end. */
type Source = Readonly<Record<MethodName, Method>>;

/**
 * Counts body bytes and notes the moment of the head, by one plain patch each of `write`, `end`, `writeHead` and
 * `flushHeaders` of `ServerResponse.prototype`. What the methods do, return and throw is untouched. Compression and the like put
 * their own methods on the response and end up here, so what is counted is what goes to the wire.
 *
 * The prototype is that of a response: `node:http` is not loaded for it, since an instrumentation of the application
 * that waits for that would be woken too early, or miss it.
 *
 * @returns a function that takes the patches away again.
 */
export function countResponseBytes(response: ObservedResponse): () => void {
  const prototype = serverResponsePrototype(response);
  if (prototype === undefined) return () => undefined;
  // Written out for each method, which is named in the code: what is found by a variable name, and called with a list
  // of arguments, goes through generic code of the engine.
  const undo = [
    patch(prototype, 'write', (source) => {
      return function write(this: ObservedResponse, chunk: unknown, encoding?: unknown, callback?: unknown) {
        const exchange = exchangeOf(this);
        if (exchange === undefined) return source.write.call(this, chunk, encoding, callback);
        const before = stateOf(this);
        const result = source.write.call(this, chunk, encoding, callback);
        note(exchange, this, before, chunk, encoding);
        return result;
      };
    }),
    patch(prototype, 'end', (source) => {
      return function end(this: ObservedResponse, chunk?: unknown, encoding?: unknown, callback?: unknown) {
        const exchange = exchangeOf(this);
        if (exchange === undefined) return source.end.call(this, chunk, encoding, callback);
        const before = stateOf(this);
        const result = source.end.call(this, chunk, encoding, callback);
        note(exchange, this, before, chunk, encoding);
        return result;
      };
    }),
    patch(prototype, 'writeHead', (source) => {
      return function writeHead(this: ObservedResponse, ...args: unknown[]) {
        const result = source.writeHead.apply(this, args);
        const exchange = exchangeOf(this);
        // Until something shows when it left, the head counts as sent when it was made.
        if (exchange !== undefined) {
          exchange.headMs ??= performance.now();
          exchange.headStatusCode = this.statusCode;
          exchange.headCameTooLate = this.socket?.destroyed === true;
          captureHeadContext(exchange);
        }
        return result;
      };
    }),
    patch(prototype, 'flushHeaders', (source) => {
      return function flushHeaders(this: ObservedResponse) {
        const exchange = exchangeOf(this);
        if (exchange === undefined) return source.flushHeaders.call(this);
        const before = stateOf(this);
        const result = source.flushHeaders.call(this);
        note(exchange, this, before, undefined, undefined);
        return result;
      };
    }),
  ];
  return () => {
    for (const restore of undo) restore();
  };
}

// Bits of the state of a response.
const TAKES_BODY = 1;
const HAS_HEAD = 2;
const HEAD_LEFT = 4;

/** What is to be known of a response before it is written to. */
function stateOf(response: ObservedResponse): number {
  let state = 0;
  if (!response.writableEnded && !response.destroyed) state |= TAKES_BODY;
  if (response._header != null) state |= HAS_HEAD;
  if (response._headerSent === true) state |= HEAD_LEFT;
  return state;
}

/** Notes what came of a call. @param before state of the response at its beginning */
function note(
  exchange: ObservedExchange,
  response: ObservedResponse,
  before: number,
  chunk: unknown,
  encoding: unknown,
): void {
  if (before & TAKES_BODY && response._hasBody !== false)
    exchange.bytesAccepted += byteLength(chunk, encoding);
  if (exchange.headLeft || response._headerSent !== true) return;
  exchange.headLeft = true;
  // A head that was made earlier and waited for its first chunk left only now.
  if (before & HAS_HEAD && !(before & HEAD_LEFT)) exchange.headMs = performance.now();
}

function byteLength(chunk: unknown, encoding: unknown): number {
  if (typeof chunk === 'string') {
    return Buffer.byteLength(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
  }
  return chunk instanceof Uint8Array ? chunk.byteLength : 0;
}

/** `ServerResponse.prototype`; the response may be of a class that extends it. */
function serverResponsePrototype(response: object): object | undefined {
  let prototype: object | null = Object.getPrototypeOf(response);
  while (prototype !== null && !Object.hasOwn(prototype, 'assignSocket')) {
    prototype = Object.getPrototypeOf(prototype);
  }
  return prototype ?? undefined;
}

function patch(prototype: object, name: MethodName, wrap: (source: Source) => unknown): () => void {
  const own = Object.getOwnPropertyDescriptor(prototype, name);
  // An inherited method is looked up at each call: somebody may patch `OutgoingMessage.prototype` later.
  const source: Source = own === undefined ? Object.getPrototypeOf(prototype) : { [name]: own.value };
  const replacement = wrap(source);
  Object.defineProperty(prototype, name, {
    value: replacement,
    writable: true,
    configurable: true,
    enumerable: own?.enumerable ?? true,
  });
  return () => {
    if (Reflect.get(prototype, name) !== replacement) return;
    if (own === undefined) Reflect.deleteProperty(prototype, name);
    else Object.defineProperty(prototype, name, own);
  };
}
