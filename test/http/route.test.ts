// Routes without a framework instrumentation. What must never happen is a concrete parameter value in a route.
import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { type RPCMetadata, RPCType, setRPCMetadata } from '@opentelemetry/core';
import type * as Express from 'express';
import fastify from 'fastify';
import { routeOf } from '../../src/http/route.ts';
import { RawClient, requestText } from '../support/raw-client.ts';
import { listen, Observed } from './observed.ts';

const require = createRequire(import.meta.url);

type Routes = readonly (readonly [target: string, route: string | undefined])[];

async function routesOf(
  t: Parameters<typeof listen>[0],
  app: RequestListener,
  targets: readonly string[],
): Promise<(string | undefined)[]> {
  const observed = new Observed(t);
  const port = await listen(t, createServer(app));
  const client = await RawClient.connect(t, { port });
  const routes: (string | undefined)[] = [];
  for (const [index, target] of targets.entries()) {
    await client.send(requestText(target));
    await client.responses(index + 1);
    const exchanges = await observed.ended(index + 1);
    routes.push(exchanges[index]?.route);
  }
  assert.deepEqual(observed.errors, []);
  return routes;
}

for (const name of ['express', 'express-4']) {
  const express: typeof Express.default = require(name);

  describe(name, () => {
    const answer: Express.RequestHandler = (_request, response) => {
      response.end();
    };
    const fail: Express.RequestHandler = () => {
      throw new Error('thrown by a handler');
    };
    const quiet: Express.ErrorRequestHandler = (_error, _request, response, _next) => {
      response.status(500).end();
    };

    const check = (title: string, app: () => RequestListener, routes: Routes): void => {
      test(title, async (t) => {
        const targets = routes.map(([target]) => target);
        const found = await routesOf(t, app(), targets);
        assert.deepEqual(
          found.map((route, index) => [targets[index], route]),
          routes,
        );
      });
    };

    check(
      'routes of the application',
      () => express().get('/', answer).get('/items/:id', answer).get(['/a/:x', '/b/:x'], answer),
      [
        ['/', '/'],
        ['/items/42?x=1', '/items/:id'],
        ['/b/7', '/b/:x'],
        ['/nowhere/42', undefined],
      ],
    );

    check('a router under a fixed path, under a path with a parameter, and one in the other', () => {
      const items = express.Router().get('/', answer).get('/items/:id', answer);
      const tenant = express.Router({ mergeParams: true }).use('/shop', items).get('/info', answer);
      return express().use('/api', items).use('/t/:tenant', tenant);
    }, [
      ['/api/items/42', '/api/items/:id'],
      ['/api', '/api'],
      ['/t/secret/shop/items/42', '/t/:tenant/shop/items/:id'],
      ['/t/other/info', '/t/:tenant/info'],
      ['/t/secret/unknown', undefined],
    ]);

    check('a handler that throws inside a router keeps its route', () => {
      const router = express.Router().get('/items/:id', fail);
      return express().use('/api/:version', router).get('/x/:y', fail).use(quiet);
    }, [
      ['/api/v1/items/42', '/api/:version/items/:id'],
      ['/x/1', '/x/:y'],
    ]);

    check('one router in two places', () => {
      const router = express.Router().get('/items/:id', answer);
      return express().use('/a', router).use('/b', router);
    }, [
      ['/a/items/1', '/a/items/:id'],
      ['/b/items/1', '/b/items/:id'],
      ['/a/items/2', '/a/items/:id'],
    ]);

    check(
      'an application mounted in another',
      () => express().use('/admin', express().get('/users/:id', answer)),
      [['/admin/users/42', '/admin/users/:id']],
    );

    check(
      'an application mounted under a parameter: what cannot be told is not told',
      () => express().use('/:tenant', express().get('/users/:id', answer)),
      [['/secret/users/42', undefined]],
    );

    check(
      'middleware that rewrites the URL',
      () =>
        express()
          .use((request, _response, next) => {
            request.url = request.url.replace('/old/', '/items/');
            next();
          })
          .get('/items/:id', answer),
      [['/items/1', '/items/:id']],
    );
  });
}

test('Fastify tells its route through a channel', async (t) => {
  const app = fastify();
  app.get('/items/:id', async () => 'ok');
  app.register(
    async (scope) => {
      scope.get('/:version/broken', async () => {
        throw new Error('thrown by a handler');
      });
    },
    { prefix: '/api' },
  );
  await app.ready();
  t.after(() => app.close());
  assert.deepEqual(await routesOf(t, app.routing, ['/items/42', '/api/v1/broken', '/nowhere']), [
    '/items/:id',
    '/api/:version/broken',
    undefined,
  ]);
});

test('what an instrumentation wrote into the RPC metadata comes first', () => {
  const metadata: RPCMetadata = { type: RPCType.HTTP, span: undefined as never, route: '/told' };
  const request = { app: {}, baseUrl: '', originalUrl: '/x', route: { path: '/x' } };
  const withMetadata = setRPCMetadata(ROOT_CONTEXT, metadata);
  assert.equal(routeOf(withMetadata, '/announced', request as never), '/told');
  assert.equal(
    routeOf(setRPCMetadata(ROOT_CONTEXT, { ...metadata, route: '' }), undefined, request as never),
    '/x',
  );
  assert.equal(routeOf(undefined, undefined, request as never), '/x');
});
