// hapi 21. The route has the prefixes of plugins, and is there from before the request is authenticated.

import type { RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { assertRoutes } from '../route/support/routes-of.ts';

interface Server {
  readonly listener: { listeners(event: string): readonly unknown[] };
  readonly auth: {
    scheme(name: string, make: () => object): void;
    strategy(name: string, scheme: string): void;
  };
  ext(event: string, handler: (request: Request, h: Toolkit) => unknown): void;
  route(route: object): void;
  register(plugin: object, options?: object): Promise<void>;
  initialize(): Promise<void>;
  stop(): Promise<void>;
}
interface Request {
  readonly path: string;
  setUrl(url: string): void;
}
interface Toolkit {
  readonly continue: symbol;
  response(): { code(status: number): { takeover(): object } };
  redirect(path: string): object;
}

const hapi: { server(options: object): Server } = createRequire(import.meta.url)('@hapi/hapi');

test('routes of hapi, whatever comes of the request', (t) =>
  assertRoutes(t, async () => {
    const server = hapi.server({ debug: false, routes: { cors: true } });
    t.after(() => server.stop());
    const handler = (): string => 'ok';
    server.auth.scheme('none', () => ({
      authenticate: (_request: Request, h: Toolkit) => h.response().code(401).takeover(),
    }));
    server.auth.strategy('nobody', 'none');
    server.ext('onRequest', (request, h) => {
      if (request.path === '/rewritten') request.setUrl('/items/42');
      return h.continue;
    });
    server.route({ method: 'GET', path: '/items/{id}', handler });
    server.route({ method: 'GET', path: '/locked/{id}', handler, options: { auth: 'nobody' } });
    server.route({ method: 'GET', path: '/hidden', handler, options: { isInternal: true } });
    server.route({
      method: 'GET',
      path: '/old',
      handler: (_request: Request, h: Toolkit) => h.redirect('/items/1'),
    });
    const plugin = {
      name: 'items',
      register: (inner: Server) => {
        inner.route({ method: 'GET', path: '/', handler });
        inner.route({ method: ['PUT', 'PATCH'], path: '/items/{id?}', handler });
        inner.route({
          method: 'GET',
          path: '/broken/{id}',
          handler: () => {
            throw new Error('thrown by a handler');
          },
        });
      },
    };
    await server.register(plugin, { routes: { prefix: '/api/{version}' } });
    await server.initialize();
    const [listener] = server.listener.listeners('request');
    return listener as RequestListener;
  }, [
    ['/items/42?x=1', '/items/{id}'],
    ['HEAD /items/42', '/items/{id}'],
    ['/locked/42', '/locked/{id}'],
    ['/old', '/old'],
    ['/rewritten', '/items/{id}'],
    ['/api/v1', '/api/{version}'],
    ['PATCH /api/v1/items', '/api/{version}/items/{id?}'],
    ['/api/v1/broken/42', '/api/{version}/broken/{id}'],
    ['/hidden', undefined],
    ['/nowhere/42', undefined],
    ['/items/%', undefined],
    ['OPTIONS /items/42', undefined],
    ['POST /items/42', undefined],
  ]));
