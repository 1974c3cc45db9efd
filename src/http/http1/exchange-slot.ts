import { Given } from '../given.ts';
import type { Http1Exchange } from './http1-exchange.ts';
import type { ObservedConnection } from './observed-connection.ts';

/**
 * Private fields on Node's own requests, responses and sockets: as fast as a property, and invisible, neither
 * `Object.keys` nor `console.log(response)`.
 */
class ExchangeField extends Given {
  #exchange: Http1Exchange;

  constructor(object: object, exchange: Http1Exchange) {
    super(object);
    this.#exchange = exchange;
  }

  static read(object: object): Http1Exchange | undefined {
    return #exchange in object ? object.#exchange : undefined;
  }
}

class ConnectionField extends Given {
  #connection: ObservedConnection;

  constructor(object: object, connection: ObservedConnection) {
    super(object);
    this.#connection = connection;
  }

  static read(object: object): ObservedConnection | undefined {
    return #connection in object ? object.#connection : undefined;
  }
}

/** The exchange that a request or response belongs to. */
export function exchangeOf(object: object): Http1Exchange | undefined {
  return ExchangeField.read(object);
}

/** To be called once per object. */
export function setExchange(object: object, exchange: Http1Exchange): void {
  new ExchangeField(object, exchange);
}

/** The connection that belongs to a socket, if an exchange of it was observed. */
export function knownConnection(socket: object): ObservedConnection | undefined {
  return ConnectionField.read(socket);
}

/** To be called once per socket. */
export function setConnection(socket: object, connection: ObservedConnection): void {
  new ConnectionField(socket, connection);
}
