// Not the global one, which is a getter.
import { Buffer } from 'node:buffer';
import { performance } from 'node:perf_hooks';
import { exchangeOf } from './exchange-slot.ts';
import type { ObservedResponse } from './node-internals.ts';

type AnyMethod = (this: unknown, ...args: unknown[]) => unknown;
type MethodName = 'write' | 'end' | 'writeHead' | 'flushHeaders';

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
  const undo = [
    patch(prototype, 'write', (original) => {
      return function write(this: ObservedResponse, chunk: unknown, encoding?: unknown, callback?: unknown) {
        return counted(this, original, chunk, encoding, callback);
      };
    }),
    patch(prototype, 'end', (original) => {
      return function end(this: ObservedResponse, chunk?: unknown, encoding?: unknown, callback?: unknown) {
        return counted(this, original, chunk, encoding, callback);
      };
    }),
    patch(prototype, 'writeHead', (original) => {
      return function writeHead(this: ObservedResponse, ...args: unknown[]) {
        const result = original.apply(this, args);
        const exchange = exchangeOf(this);
        // Until something shows when it left, the head counts as sent when it was made.
        if (exchange !== undefined) {
          exchange.headMs ??= performance.now();
          exchange.headStatusCode = this.statusCode;
          exchange.headCameTooLate = this.socket?.destroyed === true;
        }
        return result;
      };
    }),
    patch(prototype, 'flushHeaders', (original) => {
      return function flushHeaders(this: ObservedResponse) {
        return counted(this, original, undefined, undefined, undefined);
      };
    }),
  ];
  return () => {
    for (const restore of undo) restore();
  };
}

function counted(
  response: ObservedResponse,
  original: AnyMethod,
  chunk: unknown,
  encoding: unknown,
  callback: unknown,
): unknown {
  const exchange = exchangeOf(response);
  if (exchange === undefined) return original.call(response, chunk, encoding, callback);
  const open = !response.writableEnded && !response.destroyed;
  const hadLeft = response._headerSent === true;
  const hadHead = response._header != null;
  const result = original.call(response, chunk, encoding, callback);
  if (open && response._hasBody !== false) exchange.bytesAccepted += byteLength(chunk, encoding);
  if (!exchange.headLeft && response._headerSent === true) {
    exchange.headLeft = true;
    // A head that was made earlier and waited for its first chunk left only now.
    if (hadHead && !hadLeft) exchange.headMs = performance.now();
  }
  return result;
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

function patch(prototype: object, name: MethodName, wrap: (original: AnyMethod) => unknown): () => void {
  const own = Object.getOwnPropertyDescriptor(prototype, name);
  // An inherited method is looked up at each call: somebody may patch `OutgoingMessage.prototype` later.
  const inherited: AnyMethod = function (...args) {
    return Reflect.apply(Reflect.get(Object.getPrototypeOf(prototype), name), this, args);
  };
  const original: AnyMethod = own === undefined ? inherited : own.value;
  const replacement = wrap(original);
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
