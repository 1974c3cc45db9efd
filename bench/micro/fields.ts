import { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { createField } from '../../src/fields/fields.ts';
import { ExchangeFieldHost } from '../../src/http/fields/exchange-field-host.ts';
import { Http1Exchange } from '../../src/http/http1/http1-exchange.ts';
import { ObservedConnection } from '../../src/http/http1/observed-connection.ts';
import { idsOf } from '../../src/http/trace/trace-context.ts';
import type { MicroCase } from './cases.ts';

/** What a field is to take at most, nanoseconds. */
const GOAL_NANOS = 150;
const FIELDS = 4;

const socket = new Socket();
const request = new IncomingMessage(socket);
const server = new Server();
const message = { request, response: new ServerResponse(request), socket, server };
const exchange = new Http1Exchange(message, new ObservedConnection(socket, server), idsOf, 0);
exchange.markRequest();
const fields = Array.from({ length: FIELDS }, (_, index) => createField(`bench.${index}`));
const [first] = fields;
const host = new ExchangeFieldHost(
  () => {},
  () => {},
);
const wrapped = { raw: request };

/** The host is there for this case only: the others are those of an application without fields. */
function fieldCase(name: string, target: object): MicroCase {
  return {
    name,
    goalNanos: GOAL_NANOS,
    run: () => {
      host.install();
      exchange.fields = undefined;
      first?.set(target, 'acme');
      host.uninstall();
    },
  };
}

export const FIELD_CASES: readonly MicroCase[] = [
  { name: 'a field without an access log', run: () => first?.set(request, 'acme') },
  fieldCase('the first field of an exchange, set on its request', request),
  fieldCase('the first field of an exchange, set on an object that has its request as `raw`', wrapped),
  {
    name: `${FIELDS} fields of an exchange, set on its request`,
    goalNanos: FIELDS * GOAL_NANOS,
    run: () => {
      host.install();
      exchange.fields = undefined;
      for (const field of fields) field.set(request, 'acme');
      host.uninstall();
    },
  },
];
