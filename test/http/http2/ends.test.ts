// How streams end: what is recorded is held against what a client saw of the same stream.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Observed, seen } from '../support/observed.ts';
import { clientOf, serveH2, serveH2c } from './support/servers.ts';
import { actAsClient, expectedOfStream, prepare } from './support/stream-scenario.ts';
import { STREAM_SCENARIOS } from './support/stream-scenarios.ts';

for (const [kind, serve] of [
  ['h2c', serveH2c],
  ['h2', serveH2],
] as const) {
  describe(`${kind}: a stream is recorded as its client saw it`, () => {
    for (const scenario of STREAM_SCENARIOS) {
      test(scenario.name, async (t) => {
        const observed = new Observed(t);
        const served = await serve(t, (server) => prepare(server, scenario));
        const byClient = await actAsClient(scenario, await clientOf(t, served), served.server);
        const [exchange] = await observed.ended(1);
        assert.ok(exchange);
        assert.equal(exchange.httpVersion, '2');
        assert.deepEqual(observed.errors, []);
        assert.deepEqual([observed.exchanges.length, observed.observer.openExchanges], [1, 0]);
        assert.deepEqual(seen(exchange), expectedOfStream(scenario, byClient));
        if (byClient !== undefined) assert.equal(exchange.statusCode, byClient.status);
      });
    }
  });
}
