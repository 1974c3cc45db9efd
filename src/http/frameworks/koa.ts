/**
 * The route template of a Koa request (Koa 2 and 3; `@koa/router` 12 to 15, `koa-router` 7 to 14), and the error that
 * Koa emits on its application, without an instrumentation.
 *
 * The router keeps on the context which layers fit the path, and the path of the layer that it entered last, as it is
 * written and with every prefix.
 */
import { patchMethod } from '../patched-method.ts';
import { noteHandled, noteThrown, type Undo } from './handled-request.ts';

interface KoaContext {
  readonly res?: unknown;
  readonly method?: unknown;
  readonly path?: unknown;
  readonly originalUrl?: unknown;
  /** The layers of all routers whose path fits, those of middleware too. */
  readonly matched?: readonly Layer[];
  /** Path of the layer that was entered last; before version 8, of the last one that fits. */
  readonly _matchedRoute?: unknown;
  /** The same from version 8 on. */
  readonly routerPath?: unknown;
  /** Of koa-mount: the innermost prefix that it took off the path. */
  readonly mountPath?: unknown;
}

interface Layer {
  readonly path?: unknown;
  /** Empty for middleware. */
  readonly methods?: readonly string[];
  readonly regexp?: RegExp;
}

export function patchKoa(application: unknown): readonly Undo[] {
  if (typeof application !== 'function') return [];
  const { prototype } = application;
  return [
    patchMethod(
      prototype,
      'createContext',
      (source) =>
        function createContext(this: unknown, ...args: unknown[]): unknown {
          const context = Reflect.apply(source.createContext, this, args) as object;
          noteHandled(args[1], context, koaRoute);
          return context;
        },
      false,
    ),
    // Of an application, `error` is emitted and hardly anything else.
    patchMethod(
      prototype,
      'emit',
      (source) =>
        function emit(this: unknown, ...args: unknown[]): unknown {
          if (args[0] === 'error') noteThrown((args[2] as KoaContext | undefined)?.res, args[1]);
          return Reflect.apply(source.emit, this, args);
        },
      false,
    ),
  ];
}

function koaRoute(context: KoaContext, target: string): string | undefined {
  // Something stands before the application that has taken a part of the path.
  if (context.originalUrl !== target) return undefined;
  const layer = layerOf(context);
  return layer && wholeRoute(layer, context, pathOf(target));
}

/** The layer of the route that was entered; `undefined` where none was, or it is not certain which one. */
function layerOf({ method, matched, _matchedRoute, routerPath }: KoaContext): Layer | undefined {
  if (!Array.isArray(matched) || _matchedRoute === undefined) return undefined;
  const routes = (matched as readonly Layer[]).filter(({ methods }) => methods?.includes(String(method)));
  if (routerPath === _matchedRoute) return routes.find(({ path }) => path === _matchedRoute);
  const [route, ...others] = routes;
  return others.length === 0 && route?.path === _matchedRoute ? route : undefined;
}

/** The route with what koa-mount took off the path before it; `undefined` where that is not certain. */
function wholeRoute(
  { path: written, regexp }: Layer,
  { path: current, mountPath }: KoaContext,
  path: string,
): string | undefined {
  if (regexp === undefined || regexp.global || regexp.sticky) return undefined;
  const route = String(written);
  const isWhole = regexp.test(path);
  if (typeof mountPath === 'string') {
    const prefix = mountPath.endsWith('/') ? mountPath.slice(0, -1) : mountPath;
    const isMounted = path.startsWith(`${prefix}/`) || path === prefix;
    const isInside = isMounted && regexp.test(path.slice(prefix.length) || '/');
    // Both: it is not known whether the router was in what is mounted.
    if (isInside === isWhole || typeof written !== 'string') return undefined;
    return isWhole ? route : join(prefix, route);
  }
  if (isWhole) return route;
  // Middleware wrote another path. Where it is the end of the one that was received, a prefix was taken off.
  const isRewritten = typeof current === 'string' && !path.endsWith(current) && regexp.test(current);
  return isRewritten ? route : undefined;
}

function join(prefix: string, route: string): string {
  return route === '/' || route === '' ? prefix : prefix + route;
}

function pathOf(target: string): string {
  const end = target.search(/[?#]/);
  return end === -1 ? target : target.slice(0, end);
}
