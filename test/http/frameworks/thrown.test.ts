// The errors that Express and Fastify hand to their error handlers. Koa's are in koa.test.ts; NestJS's in test/lanes.
import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import { describe, test } from 'node:test';
import type { ErrorRequestHandler } from 'express';
import fastify from 'fastify';
import type { TestOwner } from '../../support/owner.ts';
import { GENERATIONS } from '../route/support/express-generations.ts';
import { listen, Observed } from '../support/observed.ts';

type Seen = readonly [path: string, status: number | undefined, thrown: string | undefined];

async function assertThrown(
  t: TestOwner,
  makeApp: () => RequestListener | PromiseLike<RequestListener>,
  expected: readonly Seen[],
): Promise<void> {
  const observed = new Observed(t);
  const port = await listen(t, createServer(await makeApp()));
  const seen: Seen[] = [];
  for (const [path] of expected) {
    await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    const exchange = (await observed.ended(seen.length + 1)).at(-1);
    seen.push([
      path,
      exchange?.statusCode,
      exchange?.thrown === undefined ? undefined : String(exchange.thrown),
    ]);
  }
  assert.deepEqual(seen, expected);
  assert.deepEqual(observed.errors, []);
}

class OrderError extends Error {
  override readonly name = 'OrderError';
}

for (const { name, application, Router } of GENERATIONS) {
  test(`errors that ${name} hands to its error handlers`, (t) =>
    assertThrown(t, () => {
      const answer: ErrorRequestHandler = (error, _request, response, _next) => {
        response.status(error.status ?? 500).send('broken');
      };
      const items = Router()
        .get('/thrown', () => {
          throw new OrderError('one');
        })
        .get('/passed', (_request, _response, next) => next(new RangeError('two')))
        .get('/text', (_request, _response, next) => next('no error'))
        .get('/skipped', (_request, _response, next) => next('route'))
        .get('/refused', (_request, _response, next) => {
          next(Object.assign(new Error('three'), { status: 403 }));
        })
        .get('/translated', (_request, _response, next) => next(new Error('four')));
      items.use('/translated', ((error, _request, _response, next) => {
        next(new OrderError(`was: ${error.message}`));
      }) as ErrorRequestHandler);
      return application()
        .get('/ok', (_request, response) => void response.send('ok'))
        .use('/items', items)
        .use(answer);
    }, [
      ['/ok', 200, undefined],
      ['/items/thrown', 500, 'OrderError: one'],
      ['/items/passed', 500, 'RangeError: two'],
      ['/items/text', 500, 'no error'],
      ['/items/skipped', 404, undefined],
      ['/items/refused', 403, 'Error: three'],
      ['/items/translated', 500, 'OrderError: was: four'],
    ]));
}

describe('errors that Fastify hands to its error handlers', () => {
  for (const handler of ['its own', "the application's"] as const) {
    test(handler, (t) =>
      assertThrown(
        t,
        async () => {
          const app = fastify();
          t.after(() => app.close());
          if (handler === "the application's") {
            app.setErrorHandler((_error, _request, reply) => reply.code(503).send('handled'));
          }
          app.get('/ok', async () => 'ok');
          app.get('/thrown', () => {
            throw new OrderError('one');
          });
          app.get('/rejected', async () => {
            throw new RangeError('two');
          });
          app.get('/sent', (_request, reply) => reply.send(new OrderError('three')));
          app.get('/hook', {
            preHandler: async () => {
              throw new OrderError('four');
            },
            handler: async () => 'never',
          });
          app.get('/refused', async (_request, reply) => reply.code(403).send('no'));
          await app.register(async (scope) => {
            scope.addHook('onError', async () => undefined);
            scope.get('/inside', async () => {
              throw new OrderError('five');
            });
          });
          await app.ready();
          return app.routing;
        },
        (
          [
            ['/ok', 200, undefined],
            ['/thrown', 500, 'OrderError: one'],
            ['/rejected', 500, 'RangeError: two'],
            ['/sent', 500, 'OrderError: three'],
            ['/hook', 500, 'OrderError: four'],
            ['/refused', 403, undefined],
            ['/inside', 500, 'OrderError: five'],
          ] as const
        ).map(([path, status, thrown]) => [
          path,
          status === 500 && handler !== 'its own' ? 503 : status,
          thrown,
        ]),
      ),
    );
  }
});
