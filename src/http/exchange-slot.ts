import type { ObservedConnection } from './observed-connection.ts';
import type { ObservedExchange } from './observed-exchange.ts';

/** Makes an existing object the `this` of a constructor, so that a subclass can add a private field to it. */
class Given {
  constructor(object: object) {
    return object;
  }
}

/**
 * Private fields on Node's own requests, responses and sockets: as fast as a property, and invisible, neither
 * `Object.keys` nor `console.log(response)`.
 */
class ExchangeField extends Given {
  #exchange: ObservedExchange;

  constructor(object: object, exchange: ObservedExchange) {
    super(object);
    this.#exchange = exchange;
  }

  static read(object: object): ObservedExchange | undefined {
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
export function exchangeOf(object: object): ObservedExchange | undefined {
  return ExchangeField.read(object);
}

/** To be called once per object. */
export function setExchange(object: object, exchange: ObservedExchange): void {
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
