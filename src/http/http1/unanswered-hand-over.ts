import type { IncomingMessage } from 'node:http';
import { knownConnection } from './exchange-slot.ts';
import type { SocketInternals } from './node-internals.ts';
import type { ObservedConnection } from './observed-connection.ts';

type Parser = NonNullable<SocketInternals['parser']>;
type Finish = (this: Parser) => unknown;

/**
 * Notes the request of a `CONNECT` or an upgrade that no listener takes: Node destroys its connection without an event.
 * Before that it finishes the parser, which is the last moment at which the request can be reached. Each connection
 * calls that method once or twice; no request does.
 *
 * @param parser one of Node's, for its prototype: only internal modules export it
 * @returns a function that removes the patch
 */
export function watchFinishedParsers(parser: Parser): () => void {
  const prototype: object = Object.getPrototypeOf(parser);
  const inherited: unknown = Reflect.get(prototype, 'finish');
  if (typeof inherited !== 'function') return () => undefined;
  function finish(this: Parser): unknown {
    const { incoming, socket } = this;
    if (incoming?.upgrade === true && socket != null) {
      const connection = knownConnection(socket);
      if (connection !== undefined) connection.unanswered = incoming;
    }
    return (inherited as Finish).call(this);
  }
  Reflect.set(prototype, 'finish', finish);
  return () => {
    if (Reflect.get(prototype, 'finish') === finish) Reflect.set(prototype, 'finish', inherited);
  };
}

/** Takes the request that Node left unanswered, when its connection closes. */
export function takeUnanswered(
  connection: ObservedConnection,
  { parser }: SocketInternals,
): IncomingMessage | undefined {
  // Node 26 leaves the parser to an upgrade whose body has not arrived.
  const request = connection.unanswered ?? parser?.incoming;
  // Records outlive their connection, and no request of the application may live as long.
  connection.unanswered = undefined;
  return request?.upgrade === true ? request : undefined;
}
