import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createField, note } from '../../../src/fields/fields.ts';
import type { ObservedExchange } from '../../../src/http/observed-exchange.ts';
import { HttpObserver } from '../../../src/http/observer.ts';
import { activateContexts } from '../../../src/http/trace/active-context.ts';
import { idsOf } from '../../../src/http/trace/trace-context.ts';
import { contentReader, recordOptions } from '../../record/support/exchange-factory.ts';
import type { TestOwner } from '../../support/owner.ts';
import { listen } from './observed.ts';

const CONNECTIONS = 20;
/** Requests that a connection pipelines at once. */
const AT_ONCE = 50;

const byRequest = createField('app.by.request');
const byResponse = createField('app.by.response');
const byContext = createField('app.by.context');

/**
 * Sends requests over connections that stay open, many of them pipelined, to a handler that sets fields before and after
 * turns of the event loop in which others run. Every record must have the fields of its own request.
 *
 * @param count rounded up to what all connections send at once
 */
export async function interleave(owner: TestOwner, count: number): Promise<void> {
  const enterContext = activateContexts();
  assert.ok(enterContext !== undefined);
  const read = contentReader(recordOptions({ detailWhen: ['4xx'] }));
  let records = 0;
  let dropped = 0;
  const wrong: unknown[] = [];
  const observer = new HttpObserver({
    requestHeaderNames: [],
    keepResponseHead: false,
    idSource: idsOf,
    onStart: enterContext,
    onEnd: (exchange: ObservedExchange) => {
      records += 1;
      const { attributes } = read(exchange);
      const path = attributes['url.path'];
      const isOwn = [byRequest, byResponse, byContext].every(({ name }) => attributes[name] === path);
      if (!isOwn || String(attributes['access_log.notes']) !== path) wrong.push(attributes);
    },
    onDropped: () => {
      dropped += 1;
    },
    onError: (error) => wrong.push(error),
  });
  observer.enable();
  owner.after(async () => observer.disable());

  const server = createServer(async (request, response) => {
    const path = String(request.url);
    byRequest.set(request, path);
    for (let turns = Number(path.at(-1)) % 3; turns > 0; turns--) await nextTurn();
    byContext.set(path);
    byResponse.set({ raw: response }, path);
    await undefined;
    note({ req: request }, path);
    response.sendDate = false;
    response.writeHead(404, { 'content-length': 2 }).end('no');
  });
  const port = await listen(owner, server);
  const rounds = Math.ceil(count / (CONNECTIONS * AT_ONCE));
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, index) => converse(port, `/${index}`, rounds)));
  const total = CONNECTIONS * (1 + rounds * AT_ONCE);
  while (records < total) await nextTurn();
  assert.deepEqual(wrong.slice(0, 3), []);
  assert.deepEqual([records, dropped], [total, 0]);
}

/** One request alone, whose response shows how long each of them is; then many at once, again and again. */
async function converse(port: number, prefix: string, rounds: number): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  const requestOf = (id: number | string): string => `GET ${prefix}/${id} HTTP/1.1\r\nHost: x\r\n\r\n`;
  socket.write(requestOf(0));
  const [first] = (await once(socket, 'data')) as [Buffer];
  const size = first.length;
  let missing = 0;
  let onAll: () => void = () => undefined;
  socket.on('data', (chunk: Buffer) => {
    missing -= chunk.length;
    if (missing === 0) onAll();
  });
  for (let round = 0; round < rounds; round++) {
    const all = new Promise<void>((resolve) => {
      onAll = resolve;
    });
    missing = size * AT_ONCE;
    const requests = Array.from({ length: AT_ONCE }, (_, index) => requestOf(`${round}/${index}`));
    socket.write(requests.join(''));
    await all;
  }
  socket.destroy();
}
