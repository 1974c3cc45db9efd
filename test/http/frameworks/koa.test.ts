// Koa 2 and 3 with their routers; test/lanes tries others. A route is text of the application with every prefix.
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import express from 'express';
import { assertRoutes } from '../route/support/routes-of.ts';
import { listen, Observed } from '../support/observed.ts';

interface Context {
  body: unknown;
  status: number;
  path: string;
  readonly app: Koa;
  throw(status: number): never;
  redirect(path: string): void;
}
type Middleware = (context: Context, next: () => Promise<void>) => unknown;
interface Koa {
  silent: boolean;
  use(middleware: Middleware): Koa;
  callback(): (request: IncomingMessage, response: ServerResponse) => void;
  emit(event: string, ...args: unknown[]): boolean;
  listenerCount(event: string): number;
}
interface Router {
  get(path: string | RegExp | readonly string[], ...handlers: Middleware[]): Router;
  post(path: string, ...handlers: Middleware[]): Router;
  use(...args: (string | Middleware)[]): Router;
  redirect(from: string, to: string): Router;
  routes(): Middleware;
  allowedMethods(): Middleware;
}

const require = createRequire(import.meta.url);
const mount: (prefix: string, app: Koa | Middleware) => Middleware = require('koa-mount');

interface Generation {
  readonly name: string;
  readonly Koa: new () => Koa;
  readonly Router: new (options?: { readonly prefix?: string }) => Router;
  /** Before version 8 a router does not keep which of its layers it has entered. */
  readonly keepsEntered: boolean;
}

const GENERATIONS: readonly Generation[] = [
  { name: 'Koa 3, @koa/router 15', Koa: require('koa'), Router: require('@koa/router'), keepsEntered: true },
  {
    name: 'Koa 2, @koa/router 12',
    Koa: require('koa-2'),
    Router: require('koa-router-12'),
    keepsEntered: true,
  },
  {
    name: 'Koa 2, koa-router 7',
    Koa: require('koa-2'),
    Router: require('koa-router-7'),
    keepsEntered: false,
  },
];

const ok: Middleware = (context) => {
  context.body = 'ok';
};
const fail: Middleware = () => {
  throw new TypeError('thrown by a handler');
};

for (const { name, Koa, Router, keepsEntered } of GENERATIONS) {
  const make = (define: (app: Koa) => void): Koa => {
    const app = new Koa();
    app.silent = true;
    define(app);
    return app;
  };

  describe(name, () => {
    test('routes, nested and with prefixes, whatever comes of the request', (t) =>
      assertRoutes(t, () => {
        const items = (): Router =>
          new Router()
            .get('/items/:id', ok)
            .get('/broken/:id', fail)
            .get('/locked/:id', (context) => context.throw(401))
            .get('/', ok);
        const api = new Router({ prefix: '/api' }).use('/:version', items().routes());
        return make((app) => {
          app.use((context, next) => (context.path.startsWith('/closed') ? context.throw(401) : next()));
          app.use(items().routes()).use(api.routes()).use(api.allowedMethods());
          app.use(new Router().redirect('/old', '/items/1').post('/items', ok).routes());
        }).callback();
      }, [
        ['/items/42?x=1', '/items/:id'],
        ['/items/:id', '/items/:id'],
        ['HEAD /items/42', '/items/:id'],
        ['/api/v1/items/42', '/api/:version/items/:id'],
        ['/api/api/items/items', '/api/:version/items/:id'],
        ['/api/v1/broken/42', '/api/:version/broken/:id'],
        ['/api/v1/locked/42', '/api/:version/locked/:id'],
        ['/api/v1', keepsEntered ? '/api/:version' : '/api/:version/'],
        ['/old', '/old'],
        ['POST /items', '/items'],
        ['/closed/42', undefined],
        ['POST /items/42', undefined],
        ['OPTIONS /api/v1/items/42', undefined],
        ['/nowhere/42', undefined],
        ['/', '/'],
      ]));

    test('where several layers fit', (t) =>
      assertRoutes(t, () => {
        const router = new Router()
          .use('/locked', (context) => context.throw(401))
          .get('/locked/:id', ok)
          .get('/items/new', ok)
          .get('/items/:id', ok)
          .get('/passed/:a', (_context, next) => next())
          .get('/passed/:b', ok);
        return make((app) => {
          app.use(router.routes());
        }).callback();
      }, [
        // The middleware refuses, and which route it stands before is not seen.
        ['/locked/42', keepsEntered ? undefined : '/locked/:id'],
        ['/items/new', keepsEntered ? '/items/new' : undefined],
        ['/items/42', '/items/:id'],
        ['/passed/42', keepsEntered ? '/passed/:b' : undefined],
      ]));

    test('beneath koa-mount, and where middleware writes another path', (t) =>
      assertRoutes(t, () => {
        const inner = make((app) => {
          app.use(new Router().get('/items/:id', ok).get('/', ok).routes());
        });
        const twice = make((app) => {
          app.use(mount('/b', inner));
        });
        return make((app) => {
          app.use(async (context, next) => {
            if (context.path.startsWith('/cut/')) context.path = context.path.slice('/cut'.length);
            if (context.path === '/rewritten') context.path = '/plain/42';
            await next();
          });
          app.use(mount('/shop', inner)).use(mount('/a', twice));
          app.use(new Router().get('/plain/:id', ok).get('/items/:id', ok).routes());
        }).callback();
      }, [
        ['/shop/items/42', '/shop/items/:id'],
        ['/shop', '/shop'],
        // Of two prefixes only one is seen.
        ['/a/b/items/42', undefined],
        ['/plain/42', '/plain/:id'],
        ['/rewritten', '/plain/:id'],
        ['/cut/items/42', undefined],
      ]));

    test('mounted in Express, which takes a part of the path', (t) =>
      assertRoutes(t, () => {
        const inner = make((app) => {
          app.use(new Router().get('/items/:id', ok).routes());
        });
        return express().use('/shop', inner.callback());
      }, [['/shop/items/42', undefined]]));

    test('several servers, and what was thrown', async (t) => {
      const observed = new Observed(t);
      const broken = make((app) => {
        app.use(fail);
      });
      const handled = make((app) => {
        app.use(async (context, next) => {
          try {
            await next();
          } catch (error) {
            context.status = 503;
            context.body = 'handled';
            context.app.emit('error', error, context);
          }
        });
        app.use(new Router().get('/items/:id', fail).routes());
      });
      const swallowing = make((app) => {
        app.use((context) => {
          context.status = 500;
        });
      });
      const seen: unknown[] = [];
      for (const app of [broken, handled, swallowing]) {
        const port = await listen(t, createServer(app.callback()));
        await (await fetch(`http://127.0.0.1:${port}/items/42`)).text();
        const [exchange] = (await observed.ended(seen.length + 1)).slice(-1);
        const { statusCode, route, thrown } = exchange ?? {};
        seen.push([statusCode, route, String(thrown)]);
      }
      assert.deepEqual(seen, [
        [500, undefined, 'TypeError: thrown by a handler'],
        [503, '/items/:id', 'TypeError: thrown by a handler'],
        [500, undefined, 'undefined'],
      ]);
      assert.deepEqual(observed.errors, []);
    });

    test('the prototypes are as they were once nothing observes', async (t) => {
      const before = Object.getOwnPropertyDescriptors(Koa.prototype);
      const observed = new Observed(t);
      const app = make((made) => {
        made.use(ok);
      });
      const port = await listen(t, createServer(app.callback()));
      await (await fetch(`http://127.0.0.1:${port}/`)).text();
      assert.notDeepEqual(Object.getOwnPropertyDescriptors(Koa.prototype), before);
      observed.observer.disable();
      assert.deepEqual(Object.getOwnPropertyDescriptors(Koa.prototype), before);
    });
  });
}
