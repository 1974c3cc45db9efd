// Routes of Koa, hapi and Hono, and the error that Koa hands to its error handlers, in whole records: three servers of
// one process under the preload, whichever way it and the frameworks are loaded.
import assert from 'node:assert/strict';
import * as nodeModule from 'node:module';
import { describe, test } from 'node:test';
import { startTestReceiver } from '../support/receiver.ts';
import { inRepo } from '../support/repo-root.ts';
import { spawnNode } from '../support/spawn-app.ts';

/** No hook of Node 20 sees what is required. */
const honoRoute = (file: string): Readonly<Record<string, string>> =>
  'registerHooks' in nodeModule || file.endsWith('.mjs') ? { 'http.route': '/hono/items/:id' } : {};

const COMMON = {
  'http.request.method': 'GET',
  'url.scheme': 'http',
  'client.address': '127.0.0.1',
  'access_log.client_address.source': 'socket',
  'network.peer.address': '127.0.0.1',
  'network.protocol.version': '1.1',
  'server.address': '127.0.0.1',
  'user_agent.original': 'node',
  'http.request.body.size': 0,
  'access_log.outcome': 'completed',
};

/** Different in each run, or a matter of the framework. */
const DIFFERS = [
  'network.peer.port',
  'server.port',
  'http.request.size',
  'http.response.size',
  'http.server.request.duration',
  'access_log.time_to_headers',
];

describe('frameworks under the preload', { concurrency: 2 }, () => {
  for (const preload of ['--import', '--require']) {
    for (const file of ['frameworks.mjs', 'frameworks.cjs']) {
      test(`${preload}, ${file}`, async (t) => {
        const receiver = await startTestReceiver(t);
        const app = spawnNode(t, {
          args: [preload, 'otel-access-log/register', inRepo('test/e2e/fixtures', file)],
          env: {
            OTEL_EXPORTER_OTLP_ENDPOINT: receiver.httpEndpoint,
            OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
            ACCESS_LOG_EXCEPTION_MESSAGE: 'true',
          },
        });
        const [, ...ports] = await app.waitFor(/^listening (\d+) (\d+) (\d+)$/m, 20_000);
        const [koa, hapi, hono] = ports;
        const urls = [
          `${koa}/koa/items/1`,
          `${koa}/koa/broken/2`,
          `${hapi}/hapi/items/3`,
          `${hono}/hono/items/4`,
          `${hono}/nowhere`,
        ];
        for (const url of urls) await (await fetch(`http://127.0.0.1:${url}`)).text();
        await app.stop();
        const records = await receiver.waitForExchanges(urls.length);
        const seen = records.map(({ attributes }) =>
          Object.fromEntries(Object.entries(attributes).filter(([name]) => !DIFFERS.includes(name))),
        );
        const ok = (path: string) => ({
          ...COMMON,
          'url.path': path,
          'http.response.status_code': 200,
          'http.response.body.size': 2,
        });
        assert.deepEqual(seen, [
          { ...ok('/koa/items/1'), 'http.route': '/koa/items/:id' },
          {
            ...ok('/koa/broken/2'),
            'http.route': '/koa/broken/:id',
            'http.response.status_code': 500,
            'http.response.body.size': 21,
            'error.type': '500',
            'exception.type': 'OrderError',
            'exception.message': 'declined: card ****************',
          },
          { ...ok('/hapi/items/3'), 'http.route': '/hapi/items/{id}' },
          { ...ok('/hono/items/4'), ...honoRoute(file) },
          { ...ok('/nowhere'), 'http.response.status_code': 404, 'http.response.body.size': 13 },
        ]);
        assert.equal(app.stderr, '');
      });
    }
  }
});
