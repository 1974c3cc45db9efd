import { Given } from '../given.ts';
import type { Http2Connection } from './http2-connection.ts';
import type { Http2Exchange } from './http2-exchange.ts';
import type { CompatMessage } from './node-internals.ts';

/** Private fields on Node's own streams and sessions: as fast as a property, and invisible. */
class ExchangeField extends Given {
  readonly #exchange: Http2Exchange;

  constructor(object: object, exchange: Http2Exchange) {
    super(object);
    this.#exchange = exchange;
  }

  static read(object: object): Http2Exchange | undefined {
    return #exchange in object ? object.#exchange : undefined;
  }
}

class ConnectionField extends Given {
  readonly #connection: Http2Connection;

  constructor(object: object, connection: Http2Connection) {
    super(object);
    this.#connection = connection;
  }

  static read(object: object): Http2Connection | undefined {
    return #connection in object ? object.#connection : undefined;
  }
}

/** The exchange of a stream. */
export function exchangeOfStream(stream: object): Http2Exchange | undefined {
  return ExchangeField.read(stream);
}

/** To be called once per stream. */
export function setExchangeOfStream(stream: object, exchange: Http2Exchange): void {
  new ExchangeField(stream, exchange);
}

/** The exchange that a request or response of the compatibility API belongs to; `undefined` for any other object. */
export function exchangeOfCompat(message: object): Http2Exchange | undefined {
  const { stream }: Partial<CompatMessage> = message;
  return typeof stream === 'object' && stream !== null ? exchangeOfStream(stream) : undefined;
}

/** The connection of a session. */
export function knownConnectionOf(session: object): Http2Connection | undefined {
  return ConnectionField.read(session);
}

/** To be called once per session. */
export function setConnectionOf(session: object, connection: Http2Connection): void {
  new ConnectionField(session, connection);
}
