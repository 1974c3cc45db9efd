// Random Express applications and requests to them, and what is true of each request.
import assert from 'node:assert/strict';
import type * as Express from 'express';
import fc from 'fast-check';
import type { Generation } from '../../http/route/support/express-generations.ts';

/** What applications write; a client may send it as the value of a parameter too. */
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

/** Which route a request is for, by which of its mount paths, and what it sends as parameters. */
const choice = fc.record({
  router: fc.nat(),
  route: fc.nat(),
  mount: fc.nat(),
  values: fc.array(sentSegment, { minLength: 1, maxLength: 4 }),
  isGarbled: fc.boolean(),
});
type Choice = typeof choice extends fc.Arbitrary<infer T> ? T : never;

/**
 * Routers in a row, the first of which is the application itself. Each is mounted once or twice in those before it; in
 * one and the same where there are applications among them, which do not keep all that they are mounted in.
 */
export const description = fc.record({
  routers: fc.array(
    fc.record({
      isApplication: fc.boolean(),
      rewrites: fc.boolean(),
      routes: fc.array(
        fc.record({ path: written, does: fc.constantFrom('answer', 'throw', 'pass' as const) }),
        { minLength: 1, maxLength: 3 },
      ),
      mounts: fc.array(fc.record({ within: fc.nat(), path: mountPath }), { minLength: 1, maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  choices: fc.array(choice, { minLength: 1, maxLength: 6 }),
});
export type Description = typeof description extends fc.Arbitrary<infer T> ? T : never;

/** Where a request is, and the ways that its last route could have been written. */
interface Journey {
  readonly mounts: (readonly string[])[];
  routes: readonly string[];
}

/** The application, and what is true of the requests to it in the order in which they come. */
export function build({ routers }: Description, { application, Router }: Generation) {
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
  const app = application();
  const built = routers.map(({ isApplication, rewrites, routes }, index) => {
    const router = index === 0 ? app : isApplication ? application() : Router({ mergeParams: true });
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
  for (const [index, { mounts }] of routers.entries()) {
    for (const [nth, { path }] of mounts.entries()) {
      const router = built[index];
      if (index === 0 || router === undefined) continue;
      const texts = [path].flat().map((one) => (one === '/' ? '' : String(one)));
      const enter: Express.RequestHandler = (request, _response, next) => {
        journeyOf(request).mounts.push(texts);
        next();
      };
      const leave: Express.RequestHandler = (request, _response, next) => {
        journeyOf(request).mounts.pop();
        next();
      };
      built[outerOf(routers, index, nth)]?.use(path, enter).use(path, router).use(path, leave);
    }
  }
  const quiet: Express.ErrorRequestHandler = (_error, _request, response, _next) => {
    response.status(500).end();
  };
  app.use(quiet);
  return { app, journeys };
}

/** A path that the chosen route takes, or nearly. */
export function targetOf({ routers }: Description, one: Choice): string {
  let index = one.router % routers.length;
  const routes = routers[index]?.routes ?? [];
  let path = routes[one.route % routes.length]?.path ?? '';
  while (index > 0) {
    const mounts = routers[index]?.mounts ?? [];
    const nth = one.mount % mounts.length;
    const paths = [mounts[nth]?.path ?? '/'].flat();
    const mounted = paths[one.mount % paths.length] ?? '/';
    path = (typeof mounted === 'string' ? mounted : '/42') + path;
    index = outerOf(routers, index, nth);
  }
  let next = 0;
  const value = (): string => one.values[next++ % one.values.length] ?? '';
  const sent = path.replaceAll(/\/{2,}/g, '/').replaceAll(/:\w+/g, value);
  return one.isGarbled ? sent.replace(/[^/]+/, value).toUpperCase() : sent;
}

/** Index of the router that another is mounted in the nth time. */
function outerOf(routers: Description['routers'], index: number, nth: number): number {
  const inOne = routers.slice(1).some(({ isApplication }) => isApplication);
  const mounts = routers[index]?.mounts;
  assert.ok(mounts !== undefined);
  return (mounts[inOne ? 0 : nth]?.within ?? 0) % index;
}

function joined(parts: readonly (readonly string[])[]): string[] {
  return parts
    .reduce<string[]>((ways, texts) => ways.flatMap((way) => texts.map((text) => way + text)), [''])
    .map((way) => way.replaceAll(/\/{2,}/g, '/'));
}
