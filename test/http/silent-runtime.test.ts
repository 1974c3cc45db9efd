// With Node in the place of another runtime; the real ones are in test/lanes.
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { Server } from 'node:http';
import { describe, test } from 'node:test';
import { watchForSilence } from '../../src/http/silent-runtime.ts';
import { RawClient, requestText } from '../support/raw-client.ts';
import { serve } from './support/observed.ts';

const BUN = { node: '24.3.0', bun: '1.4.5' };

describe('a runtime with a node:http of its own', () => {
  test('whose channel fires: no word, and nothing stays behind', async (t) => {
    const said: string[] = [];
    watchForSilence((message) => said.push(message), { node: '24.3.0', deno: '2.9.6' });
    assert.ok(Object.hasOwn(Server.prototype, 'emit'));
    const { port } = await serve(t, {}, (_request, response) => response.end('hello'));
    const client = await RawClient.connect(t, { port });
    await client.send(requestText('/'));
    await client.responses(1);
    assert.deepEqual(said, []);
    assert.ok(!Object.hasOwn(Server.prototype, 'emit'));
  });

  test('whose channel never fires: one word, at the first request', () => {
    const said: string[] = [];
    const served: unknown[] = [];
    watchForSilence((message) => said.push(message), BUN);
    const server = new Server((request) => served.push(request));
    server.emit('listening');
    assert.deepEqual(said, []);
    for (const request of [1, 2]) Reflect.apply(server.emit, server, ['request', request]);
    assert.deepEqual(said, [
      'Bun 1.4.5 publishes nothing on http.server.request.start: no request is recorded',
    ]);
    assert.deepEqual(served, [1, 2]);
    assert.equal(Server.prototype.emit, EventEmitter.prototype.emit);
  });

  test('Node itself is left alone', () => {
    watchForSilence(() => assert.fail('nothing is to be said'));
    assert.ok(!Object.hasOwn(Server.prototype, 'emit'));
  });
});
