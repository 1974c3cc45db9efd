import type { Echo } from '../echo/echo.ts';
import { patchMethod } from '../patched-method.ts';
import type { ObservedStream } from './node-internals.ts';
import { exchangeOfStream } from './stream-slot.ts';

/**
 * Extends the heads that streams of servers send, by patches of `ServerHttp2Stream.prototype`. Those of the compatibility
 * API go through `respond`.
 *
 * @returns functions that remove the patches
 */
export function extendHeads(prototype: object, echo: Echo): (() => void)[] {
  // Node keeps the original `respond` under a symbol, for heads that the application has not made itself.
  const proceed = Object.getOwnPropertySymbols(prototype).find(
    ({ description }) => description === 'proceed',
  );
  const patch = (name: 'respond' | symbol): (() => void) =>
    patchMethod(
      prototype,
      name,
      (source) => {
        return function respond(this: ObservedStream, headers: unknown, options: unknown) {
          return source[name]?.call(this, extended(echo, this, headers), options);
        };
      },
      false,
    );
  const patchOfFile = (name: 'respondWithFD' | 'respondWithFile'): (() => void) =>
    patchMethod(
      prototype,
      name,
      (source) => {
        return function respondWith(this: ObservedStream, file: unknown, headers: unknown, options: unknown) {
          // These take no arrays.
          const sent = Array.isArray(headers) ? headers : extended(echo, this, headers);
          return source[name].call(this, file, sent, options);
        };
      },
      false,
    );
  return [
    patch('respond'),
    ...(proceed === undefined ? [] : [patch(proceed)]),
    patchOfFile('respondWithFD'),
    patchOfFile('respondWithFile'),
  ];
}

function extended(echo: Echo, stream: ObservedStream, headers: unknown): unknown {
  const exchange = exchangeOfStream(stream);
  // Node refuses what is no object, and a second head.
  const isUsable = headers === undefined || (typeof headers === 'object' && headers !== null);
  return exchange === undefined || stream.headersSent || !isUsable ? headers : echo.extend(exchange, headers);
}
