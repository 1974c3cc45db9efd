// Routes of Express without its instrumentation. No text of a request may be in a route, nor may one request decide
// about the route of another.
import type { RequestListener } from 'node:http';
import { describe, test } from 'node:test';
import type * as Express from 'express';
import { GENERATIONS } from './support/express-generations.ts';
import { assertRoutes, type Routes } from './support/routes-of.ts';

const answer: Express.RequestHandler = (_request, response) => {
  response.end();
};
const pass: Express.RequestHandler = (_request, _response, next) => next();
const refuse: Express.RequestHandler = (_request, response) => {
  response.status(401).end();
};
const fail: Express.RequestHandler = () => {
  throw new Error('thrown by a handler');
};
const quiet: Express.ErrorRequestHandler = (_error, _request, response, _next) => {
  response.status(500).end();
};

for (const { name, keeps, application, Router } of GENERATIONS) {
  const isExpress4 = keeps === 'regexps';
  const knowsRegExps = keeps !== 'functions';

  describe(name, () => {
    const inBothOrders = (title: string, app: () => RequestListener, routes: Routes): void => {
      test(title, (t) => assertRoutes(t, app, routes));
      test(`${title}, the last request first`, (t) => assertRoutes(t, app, [...routes].reverse()));
    };

    inBothOrders(
      'routes of the application',
      () => application().get('/', answer).get('/items/:id', answer).get(['/a/:x', '/b/:x'], answer),
      [
        ['/', '/'],
        ['/items/42?x=1', '/items/:id'],
        ['/b/7', '/b/:x'],
        ['/nowhere/42', undefined],
        ['http://shop.example/items/42', '/items/:id'],
      ],
    );

    inBothOrders('a router under a fixed path, under a path with a parameter, and one in the other', () => {
      const items = Router().get('/', answer).get('/items/:id', answer);
      const tenant = Router({ mergeParams: true }).use('/shop', items).get('/info', answer);
      return application().use('/api', items).use('/t/:tenant', tenant);
    }, [
      ['/api/items/42', '/api/items/:id'],
      ['/api', '/api'],
      ['/api/', '/api'],
      ['/api?x=1', '/api'],
      ['/t/secret/shop/items/42', '/t/:tenant/shop/items/:id'],
      ['/t/shop/shop/items/t', '/t/:tenant/shop/items/:id'],
      ['/t/%C3%A9%20%2F/info', '/t/:tenant/info'],
      ['/t/other/info', '/t/:tenant/info'],
      ['/t/secret/unknown', undefined],
    ]);

    inBothOrders(
      'a list of mount paths: the one that matched',
      () => application().use(['/v1', '/v2/:x'], Router().get('/items/:id', answer)),
      [
        ['/v1/items/1', '/v1/items/:id'],
        ['/v2/7/items/2', '/v2/:x/items/:id'],
      ],
    );

    inBothOrders(
      'a regular expression as a mount path',
      () => application().use(/^\/\d+/, Router().get('/orders/:id', answer)),
      [
        ['/4711/orders/1', knowsRegExps ? '/^\\/\\d+/orders/:id' : undefined],
        ['/4712/orders/1', knowsRegExps ? '/^\\/\\d+/orders/:id' : undefined],
      ],
    );

    inBothOrders(
      'a regular expression with a state is left alone',
      () => application().use(/^\/\d+/g, Router().get('/orders/:id', answer)),
      [
        ['/4711/orders/1', undefined],
        // Its state is that after the first request: it does not match again.
        ['/nowhere', undefined],
        ['/4712/orders/1', undefined],
      ],
    );

    inBothOrders(
      'a parameter that has the text of a fixed segment',
      () => application().use('/users/:id', Router({ mergeParams: true }).get('/posts', answer)),
      [
        ['/users/users/posts', '/users/:id/posts'],
        ['/users/7/posts', '/users/:id/posts'],
      ],
    );

    inBothOrders(
      'parameters that are a part of a segment',
      () =>
        application()
          .use('/v:version', Router().get('/items/:id', answer))
          .use('/:from-:to', Router().get('/flights/:id', answer)),
      [
        ['/v1/items/1', '/v:version/items/:id'],
        ['/v2/items/1', '/v:version/items/:id'],
        ['/vv/items/1', '/v:version/items/:id'],
        ['/fra-txl/flights/3', '/:from-:to/flights/:id'],
      ],
    );

    inBothOrders(
      'the case of a request decides nothing',
      () => application().use('/API', Router().get('/Items/:id', answer)),
      [
        ['/API/Items/1', keeps === 'functions' ? '/api/Items/:id' : '/API/Items/:id'],
        ['/api/ITEMS/1', keeps === 'functions' ? '/api/Items/:id' : '/API/Items/:id'],
        ['/aPi/items/1', keeps === 'functions' ? '/api/Items/:id' : '/API/Items/:id'],
      ],
    );

    inBothOrders('a router that tells cases apart', () => {
      const outer = Router({ caseSensitive: true }).use('/API', Router().get('/items/:id', answer));
      return application().use(outer);
    }, [
      ['/API/items/1', '/API/items/:id'],
      ['/api/items/1', undefined],
    ]);

    inBothOrders('a handler that throws inside a router keeps its route', () => {
      const router = Router().get('/items/:id', fail);
      const inner = Router({ mergeParams: true }).get('/y', fail).use('/deep', router);
      return application().use('/api/:version', router, inner).get('/x/:y', fail).use(quiet);
    }, [
      ['/api/v1/items/42', '/api/:version/items/:id'],
      ['/api/api/deep/items/42', '/api/:version/deep/items/:id'],
      ['/api/v1/y', '/api/:version/y'],
      ['/x/1', '/x/:y'],
    ]);

    inBothOrders('a handler that throws, with the error handler of the router', () => {
      const inner = Router().get('/items/:id', fail);
      return application().use('/a', Router().use('/b', inner).use(quiet));
    }, [['/a/b/items/1', '/a/b/items/:id']]);

    inBothOrders('one router in two places', () => {
      const router = Router().get('/items/:id', answer).get('/broken', fail);
      return application().use('/a', router).use('/:b/c', router).use(quiet);
    }, [
      ['/a/items/1', '/a/items/:id'],
      ['/x/c/items/1', '/:b/c/items/:id'],
      ['/a/broken', '/a/broken'],
      ['/x/c/broken', '/:b/c/broken'],
    ]);

    inBothOrders('one router in two places that fit alike: nothing is told', () => {
      const router = Router().get('/items/:id', answer);
      return application().use('/a', router).use('/:b', router);
    }, [
      ['/a/items/1', undefined],
      ['/x/items/1', '/:b/items/:id'],
    ]);

    inBothOrders('a router that is also called by a function of the application', () => {
      const router = Router().get('/items/:id', answer).get('/broken', fail);
      return application()
        .use('/a', router)
        .use('/b', (request, response, next) => router(request, response, next))
        .use(quiet);
    }, [
      ['/a/items/1', '/a/items/:id'],
      ['/b/items/1', undefined],
      ['/b/broken', undefined],
    ]);

    inBothOrders('applications mounted in others', () => {
      const users = application().get('/users/:id', answer);
      const tenants = application().get('/tenants/:id', answer);
      const admin = application().use('/area', tenants).get('/info', answer);
      return application().use(application()).use('/admin', admin).use('/:site/u', users);
    }, [
      ['/admin/area/tenants/1', '/admin/area/tenants/:id'],
      ['/admin/info', '/admin/info'],
      ['/secret/u/users/42', '/:site/u/users/:id'],
      ['/admin/area/nothing', undefined],
    ]);

    test('an error that leaves an application, before and after it is known where that is mounted', (t) => {
      const users = application().get('/users/:id', answer).get('/broken', fail);
      return assertRoutes(t, () => application().use('/:site/u', users).use(quiet), [
        ['/secret/u/broken', undefined],
        ['/secret/u/users/42', '/:site/u/users/:id'],
        ['/secret/u/broken', '/:site/u/broken'],
      ]);
    });

    inBothOrders('an application mounted in a router', () => {
      const inner = application().get('/users/:id', answer).get('/broken', fail);
      return application().use('/a', Router().use('/:b', inner).use(quiet));
    }, [
      ['/a/secret/users/1', '/a/:b/users/:id'],
      ['/a/secret/broken', '/a/:b/broken'],
    ]);

    inBothOrders('an application mounted in two places', () => {
      const inner = application().get('/users/:id', answer);
      return application().use('/a', inner).use('/b', inner);
    }, [
      ['/a/users/1', '/a/users/:id'],
      ['/b/users/1', '/b/users/:id'],
    ]);

    inBothOrders('middleware that rewrites the URL, before and inside a router', () => {
      const router = Router()
        .use((request, _response, next) => {
          request.url = request.url.replace('/old/', '/items/');
          next();
        })
        .get('/items/:id', answer);
      return application()
        .use((request, _response, next) => {
          request.url = request.url.replace(/^\/v1\//, '/v2/');
          next();
        })
        .use('/v1', router)
        .use('/v2', router);
    }, [
      ['/v1/items/1', '/v2/items/:id'],
      ['/v2/old/1', '/v2/items/:id'],
    ]);

    inBothOrders('a handler that rewrites the URL', () => {
      const proxy: Express.RequestHandler = (request, response) => {
        request.url = '/elsewhere';
        response.end();
      };
      return application().all('/files/:id', proxy).use('/api', Router().get('/:id', proxy));
    }, [
      ['/files/1', '/files/:id'],
      ['/api/1', '/api/:id'],
    ]);

    inBothOrders('what ends before a route: middleware, no such page, an answer to OPTIONS', () => {
      const router = Router().get('/items/:id', answer);
      return application().use('/api', refuse, router).use('/open', router);
    }, [
      ['/api/items/1', undefined],
      ['/open/nothing', undefined],
      ['OPTIONS /open/items/1', undefined],
    ]);

    inBothOrders('route handlers that pass on: the route that matched last', () => {
      const router = Router()
        .get('/items/:id', (_request, _response, next) => next('route'))
        .get('/items/:special', answer)
        .get('/left/:id', (_request, _response, next) => next('router'));
      return application().use('/api', router).get('/:area/left/:id', answer).get('/none/:id', pass);
    }, [
      ['/api/items/1', '/api/items/:special'],
      ['/api/left/1', '/:area/left/:id'],
      ['/none/1', '/none/:id'],
    ]);

    inBothOrders('a parameter that is refused', () => {
      const router = Router().get('/items/:id', answer);
      router.param('id', (_request, response, _next, id) => {
        response.status(id === '0' ? 404 : 400).end();
      });
      return application().use('/api', router);
    }, [
      ['/api/items/0', '/api/items/:id'],
      ['/api/items/x', '/api/items/:id'],
    ]);

    inBothOrders('`app.route`, and other methods', () => {
      const app = application();
      app.route('/items/:id').get(answer).post(answer);
      return app;
    }, [
      ['POST /items/1', '/items/:id'],
      ['DELETE /items/1', undefined],
    ]);

    const [rest, optional] = isExpress4 ? ['/files/*', '/:lang?'] : ['/files/*path', '{/:lang}'];
    inBothOrders('the rest of a path, and an optional parameter', () => {
      return application()
        .use('/x', Router().get(rest, answer))
        .use(`/y${optional}`, Router().get('/items/:id', answer));
    }, [
      ['/x/files/a/b', `/x${rest}`],
      ['/y/en/items/1', keeps === 'functions' ? '/y/:lang/items/:id' : `/y${optional}/items/:id`],
    ]);

    inBothOrders('a mount path that takes everything', () => {
      const all = isExpress4 ? '/all/*' : '/all/*path';
      return application().use(all, Router().get('/', answer));
    }, [['/all/a/b', { paths: '/all/*path', functions: undefined, regexps: '/all/*' }[keeps]]]);

    test('routers that are mounted after the first request', async (t) => {
      const app = application();
      const router = Router().get('/items/:id', answer);
      app.use('/a', router);
      app.post('/mount', (_request, response) => {
        app.use('/b', router);
        response.end();
      });
      await assertRoutes(t, () => app, [
        ['/a/items/1', '/a/items/:id'],
        ['POST /mount', '/mount'],
        ['/b/items/1', '/b/items/:id'],
        ['/a/items/1', '/a/items/:id'],
      ]);
    });

    test('a router without an application', (t) => {
      const router = Router().get('/items/:id', answer).use('/api', Router().get('/items/:id', answer));
      const listener: RequestListener = (request, response) =>
        router(request, response, () => response.end());
      return assertRoutes(t, () => listener, [
        ['/items/1', '/items/:id'],
        ['/api/items/1', undefined],
        ['/nothing', undefined],
      ]);
    });
  });
}
