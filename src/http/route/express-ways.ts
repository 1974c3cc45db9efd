/**
 * The ways through the routers of an Express application: the mount layers between the outermost application and a
 * route. They do not depend on the path of a request.
 */
import type { Layer } from './express-layer.ts';

export interface Application {
  readonly router?: Router;
  /** Express 4. */
  readonly _router?: Router;
  /** The application that this one is mounted in. Of a router that it is mounted in, Express keeps nothing. */
  readonly parent?: Application;
}

interface Router {
  readonly stack?: readonly Layer[];
}

export interface Way {
  readonly mounts: readonly Layer[];
  /** The layer of the route. */
  readonly end: Layer;
}

const MAX_DEPTH = 16;
/** How many layers are looked at, and how many ways are found: beyond that there is no route. */
const MAX_LAYERS = 20_000;
const MAX_WAYS = 200;

/**
 * The applications that requests to an outermost one came to. The layers that they are mounted by do not show which
 * they are, and once an error has led a request out of one, nor does the request.
 */
const seen = new WeakMap<Application, Set<Application>>();
const known = new WeakMap<object, { readonly root: Application; readonly ways: readonly Way[] }>();

/**
 * The outermost application of a request.
 *
 * @param called what the server calls, which is that application where it is one
 */
export function rootOf(app: Application, called: readonly unknown[]): Application {
  const applications = [app];
  let outermost = app;
  while (outermost.parent !== undefined && applications.length < MAX_DEPTH) {
    outermost = outermost.parent;
    applications.push(outermost);
  }
  const root = called.includes(outermost) ? outermost : (called.find(isApplication) ?? outermost);
  const before = seen.get(root);
  if (before === undefined) seen.set(root, new Set(applications));
  else for (const one of applications) before.add(one);
  return root;
}

/** All ways to a route; as they were found the first time, unless `anew`. */
export function waysTo(route: object, root: Application, anew: boolean): readonly Way[] {
  const before = known.get(route);
  if (!anew && before?.root === root) return before.ways;
  const ways = findWays(route, root);
  known.set(route, { root, ways });
  return ways;
}

function findWays(route: object, root: Application): readonly Way[] {
  const applications = seen.get(root) ?? [];
  const ways: Way[] = [];
  let looked = 0;
  const isTooMuch = (): boolean => looked > MAX_LAYERS || ways.length > MAX_WAYS;
  /** @param app owns the stack; absent where a router owns it */
  const visit = (stack: readonly Layer[], mounts: readonly Layer[], app?: Application): void => {
    for (const layer of stack) {
      looked += 1;
      if (isTooMuch()) return;
      if (layer.route === route) ways.push({ mounts, end: layer });
      // A route has a stack of its own, of its handlers, which leads nowhere. A router may be mounted in itself.
      if (layer.route !== undefined || mounts.includes(layer) || mounts.length >= MAX_DEPTH) continue;
      const further = [...mounts, layer];
      const { name, handle } = layer;
      if (handle?.stack !== undefined) visit(handle.stack, further);
      for (const inner of applications) {
        // A router calls it itself, another application by a function of Express's own.
        const isHere = inner === handle || (name === 'mounted_app' && inner.parent === app);
        if (isHere) visit(stackOf(inner), further, inner);
      }
    }
  };
  visit(stackOf(root), [], root);
  return isTooMuch() ? [] : ways;
}

/** In Express 4 `app.router` throws, and the other one is there as soon as there is a route. */
function stackOf(app: Application): readonly Layer[] {
  return (app._router ?? app.router)?.stack ?? [];
}

function isApplication(listener: unknown): listener is Application {
  return typeof listener === 'function' && 'mountpath' in listener && 'handle' in listener;
}
