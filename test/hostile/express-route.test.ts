// Random applications and random requests: a route is what the application wrote on the way that the request took, or
// there is none, and no request decides about the route of another.
import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import { describe, test } from 'node:test';
import type * as Express from 'express';
import fc from 'fast-check';
import { expressRoute } from '../../src/http/express-route.ts';
import { GENERATIONS, type Generation } from '../http/express-generations.ts';
import { Observed } from '../http/observed.ts';
import { listen } from '../support/listen.ts';
import { RawClient, requestText } from '../support/raw-client.ts';
import { fuzzAsync } from './fuzz.ts';
import { assertLinear } from './growth.ts';

const SHARE = 0.015;

/** What the application writes; some of it a client may send as the value of a parameter too. */
const FIXED = ['api', 'Items', 'v1', 'a'];
const segment = fc.constantFrom(...FIXED, ':p', ':q', 'v:n');
const written = fc.array(segment, { minLength: 1, maxLength: 2 }).map((segments) => `/${segments.join('/')}`);
const mountPath = fc.oneof(
  { weight: 6, arbitrary: written },
  { weight: 1, arbitrary: fc.constant('/') },
  { weight: 1, arbitrary: fc.array(written, { minLength: 2, maxLength: 2 }) },
  { weight: 1, arbitrary: fc.constantFrom(/^\/\d+/, /^\/(\w+)(?=\/)/) },
);
const sentSegment = fc.constantFrom(...FIXED, 'API', 'v7', '42', 'x%20y', '%2f', 'secret', 'old');
const target = fc
  .array(sentSegment, { minLength: 1, maxLength: 5 })
  .map((segments) => `/${segments.join('/')}`);

/**
 * Routers in a row, the first of which is the application itself. Each is mounted once or twice in those before it; in
 * one and the same where there are applications among them, which do not keep all that they are mounted in.
 */
const description = fc.record({
  routers: fc.array(
    fc.record({
      isApplication: fc.boolean(),
      rewrites: fc.boolean(),
      routes: fc.array(
        fc.record({ path: written, does: fc.constantFrom('answer', 'throw', 'pass' as const) }),
        { maxLength: 3 },
      ),
      mounts: fc.array(fc.record({ within: fc.nat(), path: mountPath }), { minLength: 1, maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  targets: fc.array(target, { minLength: 1, maxLength: 6 }),
});
type Description = typeof description extends fc.Arbitrary<infer T> ? T : never;

/** Where a request is, and the ways that its last route could have been written. */
interface Journey {
  readonly mounts: (readonly string[])[];
  routes: readonly string[];
}

/** The application, and what is true of the requests to it in the order in which they come. */
function build({ routers }: Description, { application, Router }: Generation) {
  const journeys: Journey[] = [];
  const current = new WeakMap<object, Journey>();
  const journeyOf = (request: object): Journey => {
    const journey = current.get(request) ?? { mounts: [], routes: [] };
    if (!current.has(request)) journeys.push(journey);
    current.set(request, journey);
    return journey;
  };
  const handlers = {
    answer: (response: Express.Response, _next: () => void) => response.end(),
    pass: (_response: Express.Response, next: () => void) => next(),
    throw: () => {
      throw new Error('thrown by a route');
    },
  };
  const built = routers.map(({ isApplication, rewrites, routes }, index) => {
    const router = isApplication || index === 0 ? application() : Router({ mergeParams: true });
    router.use((request, _response, next) => {
      journeyOf(request);
      if (rewrites) request.url = request.url.replace(/^\/old(?=\/)/, '/api');
      next();
    });
    for (const { path, does } of routes) {
      router.get(path, (request, response, next) => {
        const journey = journeyOf(request);
        journey.routes = joined([...journey.mounts, [path]]);
        handlers[does](response, next);
      });
    }
    return router;
  });
  const inOne = routers.slice(1).some(({ isApplication }) => isApplication);
  for (const [index, { mounts }] of routers.entries()) {
    const router = built[index];
    if (index === 0 || router === undefined) continue;
    for (const { within, path } of mounts) {
      const outer = inOne ? mounts[0]?.within : within;
      const texts = [path].flat().map((one) => (one === '/' ? '' : String(one)));
      const enter: Express.RequestHandler = (request, _response, next) => {
        journeyOf(request).mounts.push(texts);
        next();
      };
      const leave: Express.RequestHandler = (request, _response, next) => {
        journeyOf(request).mounts.pop();
        next();
      };
      built[(outer ?? 0) % index]?.use(path, enter).use(path, router).use(path, leave);
    }
  }
  const quiet: Express.ErrorRequestHandler = (_error, _request, response, _next) => {
    response.status(500).end();
  };
  const [app] = built;
  assert.ok(app !== undefined);
  app.use(quiet);
  const listener = app as Express.Express;
  return { listener, journeys };
}

function joined(parts: readonly (readonly string[])[]): string[] {
  return parts
    .reduce<string[]>((ways, texts) => ways.flatMap((way) => texts.map((text) => way + text)), [''])
    .map((way) => way.replaceAll(/\/{2,}/g, '/'));
}

for (const generation of GENERATIONS) {
  describe(generation.name, () => {
    test('a route is what was written on the way of the request, whatever came before', async (t) => {
      const observed = new Observed(t);
      let count = 0;
      let told = 0;
      // A function that ignores the case does not say how it was written.
      const same = (text: string): string => (generation.keeps === 'functions' ? text.toLowerCase() : text);

      const send = async (listener: RequestListener, targets: readonly string[]) => {
        const owner = new Owner();
        const address = await listen(owner, createServer(listener));
        const client = await RawClient.connect(owner, { port: Number(address.split(':')[1]) });
        await client.pipeline(targets.map((one) => requestText(one)));
        count += targets.length;
        const exchanges = await observed.ended(count);
        await owner.end();
        return exchanges.slice(-targets.length).map(({ route }) => route);
      };

      const run = async (described: Description): Promise<void> => {
        const { listener, journeys } = build(described, generation);
        const routes = await send(listener, described.targets);
        for (const [index, route] of routes.entries()) {
          if (route === undefined) continue;
          told += 1;
          assert.ok(journeys[index]?.routes.map(same).includes(same(route)), `${route} is not true`);
        }
        const again = await send(listener, described.targets);
        assertAgree(again, routes, 'the same requests once more');
        const other = build(described, generation);
        const reversed = await send(other.listener, [...described.targets].reverse());
        assertAgree(reversed.reverse(), routes, 'the other way round');
      };
      // When its time is over, fast-check waits no longer for the run that is going on.
      let last: Promise<void> | undefined;
      const property = fc.asyncProperty(description, (described) => {
        last = run(described);
        return last;
      });
      await fuzzAsync(property, SHARE);
      await last;
      assert.deepEqual(observed.errors, []);
      assert.ok(told > 0);
    });

    test('long paths', () => {
      const { application, Router } = generation;
      const router = Router({ mergeParams: true }).get('/x', () => undefined);
      const app = application().use('/:p/v:n', router);
      const [route] = router.stack.map((layer) => layer.route);
      const request = (url: string): object => ({ app, route, baseUrl: '', originalUrl: url, url });
      const shapes: readonly ((length: number) => string)[] = [
        (length) => `/${'s'.repeat(length)}/v1/x`,
        (length) => `/secret/v${'1'.repeat(length)}/x`,
        (length) => `/secret/v1${'/s'.repeat(length / 2)}`,
        (length) => `/${'%20'.repeat(length / 3)}/v1/x`,
      ];
      for (const shape of shapes) assertLinear((length) => request(shape(length)), expressRoute);
    });
  });
}

/** The same routes; one may be told the second time only, when it is known where an application is mounted. */
function assertAgree(
  one: readonly (string | undefined)[],
  other: readonly (string | undefined)[],
  message: string,
): void {
  const both = one.map((route, index) => [route ?? other[index], other[index] ?? route]);
  assert.deepEqual(
    both.map(([route]) => route),
    both.map(([, route]) => route),
    message,
  );
}

/** For what lasts as long as one run of a property. */
class Owner {
  readonly #cleanUps: (() => Promise<void>)[] = [];

  after(cleanUp: () => Promise<void>): void {
    this.#cleanUps.unshift(cleanUp);
  }

  async end(): Promise<void> {
    for (const cleanUp of this.#cleanUps) await cleanUp();
  }
}
