// Hono 4 on @hono/node-server, loaded while it is watched for, as under `register`: as an ES module and by require().
import assert from 'node:assert/strict';
import * as nodeModule from 'node:module';
import { before, describe, test } from 'node:test';
import { getRequestListener } from '@hono/node-server';
import type * as HonoModule from 'hono';
import { watchForHono } from '../../../src/http/frameworks/hono.ts';
import { assertRoutes } from '../route/support/routes-of.ts';

const require = nodeModule.createRequire(import.meta.url);

const NO_HOOKS = 'registerHooks' in nodeModule ? false : 'no hook of this Node sees what is required';

const LOADS: readonly (readonly [
  name: string,
  load: () => Promise<typeof HonoModule>,
  skip: string | false,
])[] = [
  ['as an ES module', () => import('hono'), false],
  ['by require()', async () => require('hono'), NO_HOOKS],
];

for (const [name, load, skip] of LOADS) {
  describe(`Hono ${name}`, { skip }, () => {
    let Hono: typeof HonoModule.Hono;

    before(async () => {
      const leave = watchForHono();
      ({ Hono } = await load());
      leave();
    });

    test('routes, with every prefix, whatever comes of the request', (t) =>
      assertRoutes(t, () => {
        const items = new Hono()
          .get('/items/:id', (c) => c.text('ok'))
          .get('/broken/:id', () => {
            throw new Error('thrown by a handler');
          })
          .get('/items/:id/passed', async (_c, next) => next())
          .post('/', (c) => c.text('ok'));
        // Its handlers are wrapped, to call it.
        const caught = new Hono().all('/all/:id', () => {
          throw new Error('thrown by a handler');
        });
        caught.onError((_error, c) => c.text('caught', 503));
        const app = new Hono();
        app.onError((_error, c) => c.text('broken', 500));
        app.use(async (_c, next) => next());
        app.use('/locked/*', async (c, next) => (c.req.path === '/locked/open' ? next() : c.body(null, 401)));
        app.get('/locked/:id', (c) => c.text('ok'));
        app.all('/closed/*', (c) => c.body(null, 401)).get('/closed/:id', (c) => c.text('ok'));
        app.get('/old', (c) => c.redirect('/items/1'));
        app.get('/gone/:id', (c) => c.notFound());
        app.all('/any/:id', (c) => c.text('ok'));
        app.on(['PUT', 'PURGE'], '/several/:id{[0-9]+}', (c) => c.text('ok'));
        app.route('/', items).route('/api/:version', items).route('/caught', caught);
        app.mount('/mounted', items.fetch);
        return getRequestListener(app.fetch);
      }, [
        ['/items/42?x=1', '/items/:id'],
        ['HEAD /items/42', '/items/:id'],
        ['/api/v1/items/42', '/api/:version/items/:id'],
        ['/api/api/items/items', '/api/:version/items/:id'],
        ['/api/v1/broken/42', '/api/:version/broken/:id'],
        ['POST /api/v1', '/api/:version'],
        ['/items/42/passed', '/items/:id/passed'],
        ['/caught/all/42', '/caught/all/:id'],
        ['/locked/42', undefined],
        ['/locked/open', '/locked/:id'],
        ['/closed/42', undefined],
        ['/old', '/old'],
        ['/gone/42', '/gone/:id'],
        ['DELETE /any/42', '/any/:id'],
        ['PUT /several/42', '/several/:id{[0-9]+}'],
        ['PUT /several/none', undefined],
        // What is mounted is handed the rest of the path.
        ['/mounted/items/42', undefined],
        ['/nowhere/42', undefined],
        ['POST /items/42', undefined],
      ]));

    test('one handler alone, and a request that was cut before Hono has it', (t) =>
      assertRoutes(t, () => {
        const app = new Hono().get('/items/:id', (c) => c.text('ok'));
        return getRequestListener((request, env) => {
          const { pathname, origin } = new URL(request.url);
          if (!pathname.startsWith('/shop')) return app.fetch(request, env);
          return app.fetch(new Request(`${origin}${pathname.slice('/shop'.length)}`), env);
        });
      }, [
        ['/items/42', '/items/:id'],
        ['/items/../items/%34', '/items/:id'],
        ['/shop/items/42', undefined],
      ]));

    test('its contexts look as they did', async () => {
      let made: HonoModule.Context | undefined;
      const app = new Hono().get('/', (c) => {
        made = c;
        return c.text('ok');
      });
      assert.equal((await app.request('/')).status, 200);
      assert.equal(made?.constructor.name, 'Context');
    });
  });
}
