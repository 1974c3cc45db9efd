import type { Echo } from '../echo/echo.ts';
import { lengthOf, type Method, patchMethod, prototypeWith } from '../patched-method.ts';
import { extendHeads } from './echoed-heads.ts';
import type { Http2Exchange } from './http2-exchange.ts';
import type { ObservedStream } from './node-internals.ts';
import { exchangeOfStream } from './stream-slot.ts';

/** What is seen of streams. Its methods never throw. */
export interface StreamObserver {
  /** A method was called of a stream that is not known yet. */
  onUnknown(stream: ObservedStream): void;
  /** The head was handed to the session. */
  onHead(exchange: Http2Exchange): void;
  /** The application is about to close the stream, or Node since the socket was closed. */
  onClosing(exchange: Http2Exchange, stream: ObservedStream): void;
  /** The stream is about to be destroyed. */
  onDestroying(exchange: Http2Exchange, stream: ObservedStream): void;
  /** The stream was destroyed. */
  onDestroyed(exchange: Http2Exchange, error: unknown): void;
}

/**
 * Shows what streams of servers send, read, and how they end. It patches methods of `ServerHttp2Stream.prototype`: what
 * they do, return and throw stays the same, and streams of clients pay nothing. No stream gets a listener.
 *
 * The prototype is taken from a stream, without loading `node:http2`: an instrumentation of the application that waits
 * for that module would run too early, or miss it.
 *
 * @param echo what extends the head of each response; `undefined`: nothing does
 * @returns a function that removes the patches
 */
export function watchStreams(
  stream: ObservedStream,
  observer: StreamObserver,
  echo: Echo | undefined,
): () => void {
  const prototype = prototypeWith(stream, 'pushStream');
  if (prototype === undefined) return () => undefined;
  // Each method is written out by its name: a lookup by a variable name and a call with a list of arguments go through
  // generic code of the engine.
  const patch = <Name extends string>(
    name: Name,
    wrap: (source: Readonly<Record<Name, Method>>) => unknown,
  ): (() => void) => patchMethod(prototype, name, wrap, false);
  const undo = [
    patch('_write', (source) => {
      return function _write(this: ObservedStream, data: unknown, encoding: unknown, callback: unknown) {
        const exchange = exchangeOfStream(this);
        if (exchange !== undefined) exchange.bytesWritten += lengthOf(data, encoding);
        const result = source._write.call(this, data, encoding, callback);
        // Node sends a head by itself before the first DATA frame.
        if (exchange?.headMs === undefined) noteHead(exchange, this, observer);
        return result;
      };
    }),
    patch('_writev', (source) => {
      return function _writev(this: ObservedStream, data: unknown, callback: unknown) {
        const exchange = exchangeOfStream(this);
        if (exchange !== undefined) exchange.bytesWritten += lengthOfMany(data);
        const result = source._writev.call(this, data, callback);
        if (exchange?.headMs === undefined) noteHead(exchange, this, observer);
        return result;
      };
    }),
    patch('respond', (source) => {
      return function respond(this: ObservedStream, headers: unknown, options: unknown) {
        const exchange = exchangeOfStream(this);
        const result = source.respond.call(this, headers, options);
        if (exchange !== undefined) {
          exchange.awaitsTrailers = wantsTrailers(options);
          noteHead(exchange, this, observer);
        }
        return result;
      };
    }),
    patch('end', (source) => {
      return function end(this: ObservedStream, ...args: unknown[]) {
        const result = source.end.apply(this, args);
        // Of `respondWithFile` and `respondWithFD`: Node ends the stream at the moment at which it sends their head.
        if (this.ownsFd !== undefined) noteHead(exchangeOfStream(this), this, observer);
        return result;
      };
    }),
    patch('push', (source) => {
      return function push(this: ObservedStream, chunk: unknown, encoding: unknown) {
        let exchange = exchangeOfStream(this);
        if (exchange === undefined) {
          observer.onUnknown(this);
          exchange = exchangeOfStream(this);
        }
        if (exchange !== undefined) {
          if (chunk instanceof Uint8Array) exchange.bytesReceived += chunk.byteLength;
          else if (chunk === null && !this.closed) exchange.requestEnded = true;
        }
        return source.push.call(this, chunk, encoding);
      };
    }),
    patch('close', (source) => {
      return function close(this: ObservedStream, ...args: unknown[]) {
        const exchange = exchangeOfStream(this);
        if (exchange !== undefined && !this.closed) observer.onClosing(exchange, this);
        return source.close.apply(this, args);
      };
    }),
    patch('_destroy', (source) => {
      return function _destroy(this: ObservedStream, error: unknown, callback: unknown) {
        const exchange = exchangeOfStream(this);
        if (exchange === undefined) observer.onUnknown(this);
        else observer.onDestroying(exchange, this);
        const result = source._destroy.call(this, error, callback);
        if (exchange !== undefined) observer.onDestroyed(exchange, error);
        return result;
      };
    }),
  ];
  // Around the others, so removed before them.
  if (echo !== undefined) undo.unshift(...extendHeads(prototype, echo));
  return () => {
    for (const restore of undo) restore();
  };
}

function noteHead(
  exchange: Http2Exchange | undefined,
  stream: ObservedStream,
  observer: StreamObserver,
): void {
  if (exchange?.headMs === undefined && exchange?.ended === false && stream.headersSent) {
    observer.onHead(exchange);
  }
}

function wantsTrailers(options: unknown): boolean {
  return typeof options === 'object' && options !== null && Reflect.get(options, 'waitForTrailers') === true;
}

function lengthOfMany(entries: unknown): number {
  if (!Array.isArray(entries)) return 0;
  let length = 0;
  for (const { chunk, encoding } of entries) length += lengthOf(chunk, encoding);
  return length;
}
