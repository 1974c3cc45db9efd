// Fastify 5; test/lanes tries others. The route is told whenever the router matched, whatever came of it.
import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { test } from 'node:test';
import { FastifyOtelInstrumentation } from '@fastify/otel';
import { NodeTracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace-node';
import fastify, { type FastifyInstance } from 'fastify';
import type { TestOwner } from '../../support/owner.ts';
import { Observed } from '../support/observed.ts';
import { assertRoutes } from './support/routes-of.ts';

/** Made while the observer is there, as under `register`. */
function made(owner: TestOwner, app: FastifyInstance, define: (app: FastifyInstance) => void) {
  owner.after(() => app.close());
  define(app);
  return app.ready().then((): RequestListener => app.routing);
}

test('routes of Fastify, where the handler runs and where it does not', (t) =>
  assertRoutes(
    t,
    () =>
      made(t, fastify({ bodyLimit: 8 }), (app) => {
        app.addHook('onRequest', async (request, reply) => {
          if (request.url.includes('locked')) return reply.code(401).send();
        });
        app.get('/items/:id', async () => 'ok');
        app.get('/locked/:id', async () => 'never');
        app.get('/forbidden/:id', {
          preHandler: async (_request, reply) => reply.code(403).send(),
          handler: async () => 'never',
        });
        app.get('/numbers/:n', {
          schema: { params: { type: 'object', properties: { n: { type: 'integer' } } } },
          handler: async () => 'ok',
        });
        app.post('/items', async () => 'ok');
        app.get('/gone/:id', (_request, reply) => reply.callNotFound());
        app.get('/constrained/:id', { constraints: { host: 'test.example' } }, async () => 'ok');
        app.register(
          async (scope) => {
            scope.setNotFoundHandler(async (_request, reply) => reply.code(404).send());
            scope.get('/:version/broken', async () => {
              throw new Error('thrown by a handler');
            });
          },
          { prefix: '/api' },
        );
      }),
    [
      ['/items/42?x=1', '/items/:id'],
      ['/locked/42', '/locked/:id'],
      ['/forbidden/42', '/forbidden/:id'],
      ['/numbers/none', '/numbers/:n'],
      ['POST /items', '/items', { type: 'application/json', text: '{}' }],
      ['POST /items', '/items', { type: 'application/json', text: '{' }],
      ['POST /items', '/items', { type: 'application/json', text: '"too long"' }],
      ['POST /items', '/items', { type: 'text/css', text: 'a{}' }],
      ['HEAD /items/42', '/items/:id'],
      ['/gone/42', '/gone/:id'],
      ['/constrained/42', '/constrained/:id'],
      ['/api/v1/broken', '/api/:version/broken'],
      ['/api/v1/nowhere', undefined],
      ['/nowhere', undefined],
      ['/locked', undefined],
    ],
  ));

test('@fastify/otel that came first makes no span of our hook', async (t) => {
  const names: string[] = [];
  const done = async (): Promise<void> => undefined;
  const processor: SpanProcessor = {
    onStart: () => undefined,
    onEnd: ({ name }) => names.push(name),
    forceFlush: done,
    shutdown: done,
  };
  const instrumentation = new FastifyOtelInstrumentation({ registerOnInitialization: true });
  instrumentation.setTracerProvider(new NodeTracerProvider({ spanProcessors: [processor] }));
  t.after(() => instrumentation.disable());
  const define = (app: FastifyInstance): void => {
    app.get('/items/:id', async () => 'ok');
  };
  const alone = fastify();
  define(alone);
  await alone.inject('/items/42');
  await alone.close();
  const expected = names.splice(0);
  await assertRoutes(t, () => made(t, fastify(), define), [['/items/42', '/items/:id']]);
  assert.deepEqual(names, expected);
});

test('nothing that counts or prints hooks and plugins shows the hook', async (t) => {
  const printed = async (): Promise<readonly unknown[]> => {
    const app = fastify();
    t.after(() => app.close());
    app.addHook('onRequest', async () => undefined);
    let inner: FastifyInstance | undefined;
    app.register(async (scope) => {
      inner = scope;
      scope.addHook('onRequest', async () => undefined);
    });
    await app.ready();
    return [app.printPlugins().replaceAll(/\d+ ms/g, ''), hooksOf(app), inner && hooksOf(inner)];
  };
  const before = await printed();
  new Observed(t);
  assert.deepEqual(await printed(), before);
  assert.deepEqual(before.slice(1), [1, 2]);
});

/** How many hooks of requests Fastify counts. */
function hooksOf(app: FastifyInstance): unknown {
  const key = Object.getOwnPropertySymbols(app).find(({ description }) => description === 'fastify.hooks');
  const hooks = key === undefined ? undefined : Reflect.get(app, key);
  return (hooks as { onRequest?: readonly unknown[] } | undefined)?.onRequest?.length;
}
