/**
 * The route template of an Express request (4 and 5, and what is built on them), without an instrumentation.
 *
 * The request keeps the route that matched last, with its path as it is written. Not so the mount paths before it:
 * `req.baseUrl` is concrete (`/api/v1` for `/api/:version`), and it is set back when an error leaves a router. So the
 * layers between the application and the route are asked which part of the path they take, and what is written there.
 * Where no way through them fits the path, or several that are written differently, there is no route.
 */
import { type Layer, patternsOf, takenBy } from './express-layer.ts';
import { trimSlash } from './express-pattern.ts';
import { type Application, rootOf, type Way, waysTo } from './express-ways.ts';

interface ExpressRequest {
  readonly app?: Application;
  readonly baseUrl?: unknown;
  readonly originalUrl?: unknown;
  readonly url?: unknown;
  readonly route?: Route;
  readonly socket?: { readonly server?: { listeners(event: string): readonly unknown[] } };
}

interface Route {
  readonly path?: unknown;
}

/** What is known of the request. */
interface Asked {
  /** The paths of the route, as they are written. */
  readonly paths: readonly string[];
  /** What mount layers have taken of the path and not given back. */
  readonly base: string;
  /** The path of the request as the routers see it. */
  readonly path: string;
}

interface Found {
  /** `undefined` where the way fits, or may fit, and what is written is not certain. */
  readonly template: string | undefined;
  /** The request is where the way ends, and all before the route is written as it is in its path. */
  readonly isFixed: boolean;
}

interface Kept {
  readonly app: Application;
  readonly base: string;
  readonly template: string;
  /** That of the route. */
  readonly layer: Layer;
}

/** Templates of routes with one way to them, and no parameter on it: most. */
const kept = new WeakMap<Route, Kept>();

export function expressRoute(request: object): string | undefined {
  const { app, route, baseUrl, originalUrl, url, socket }: ExpressRequest = request;
  if (typeof route !== 'object' || route === null) return undefined;
  // Other frameworks have a `route` on their requests too.
  if (typeof originalUrl !== 'string' || typeof url !== 'string') return undefined;
  // Undefined once the last router passed the request on.
  const base = typeof baseUrl === 'string' ? baseUrl : '';
  const rest = pathOf(url);
  const known = kept.get(route);
  if (known?.base === base && known.app === app && isTakenBy(known.layer, rest)) return known.template;

  const asked = { paths: pathsOf(route.path), base, path: base + rest };
  if (app !== undefined) {
    const root = rootOf(app, socket?.server?.listeners('request') ?? []);
    // Handlers may change `req.url` once they are called, as those of proxies do.
    const template = onWays(route, app, root, [asked, { ...asked, path: pathOf(originalUrl) }]);
    if (template !== undefined) return template;
  }
  // Nothing stands before a route that takes the whole path, as one of a router without an application.
  return asked.paths.find((one) => fits(one, asked.path));
}

function onWays(
  route: Route,
  app: Application,
  root: Application,
  asked: readonly [Asked, ...Asked[]],
): string | undefined {
  let ways = waysTo(route, root, false);
  let found = search(ways, asked);
  if (found.length === 0) {
    // Routers may have been mounted since the ways were found.
    ways = waysTo(route, root, true);
    found = search(ways, asked);
  }
  const template = theOnly(found);
  const [way, ...otherWays] = ways;
  const [{ paths, base }] = asked;
  const isKept = otherWays.length === 0 && paths.length === 1 && found[0]?.isFixed === true;
  if (isKept && way !== undefined && template !== undefined) {
    kept.set(route, { app, base, template, layer: way.end });
  }
  return template;
}

/** What is found on the ways that fit the first of the paths that any way fits. */
function search(ways: readonly Way[], asked: readonly Asked[]): readonly Found[] {
  for (const one of asked) {
    const found = ways.map((way) => follow(way, one)).filter((each) => each !== undefined);
    if (found.length > 0) return found;
  }
  return [];
}

/** The value on which all of them agree. */
function theOnly(found: readonly Found[]): string | undefined {
  const templates = new Set(found.map(({ template }) => template));
  const [template] = templates;
  return templates.size === 1 ? template : undefined;
}

/** The template along a way; `undefined` where the path does not fit it. */
function follow({ mounts, end }: Way, { paths, base, path }: Asked): Found | undefined {
  let passed = '';
  let prefix = '';
  let rest = path;
  for (const mount of mounts) {
    const taken = takenBy(mount, rest);
    if (taken === undefined) return undefined;
    if (taken.written === undefined) return { template: undefined, isFixed: false };
    passed += trimSlash(taken.path);
    prefix += taken.written;
    rest = rest.slice(taken.path.length);
    if (!rest.startsWith('/')) rest = `/${rest}`;
  }
  // `baseUrl` shows how far the request has come at least: not as far if an error led it back.
  if (!passed.startsWith(base)) return undefined;
  const fitting = matching(end, paths, rest);
  if (fitting.length === 0) return undefined;
  const isFixed = passed === base && prefix.toLowerCase() === base.toLowerCase();
  return { template: join(prefix, fitting.join(',')), isFixed };
}

/** The path of a route that matched; all of them where it is not known which one. */
function matching(layer: Layer, paths: readonly string[], rest: string): readonly string[] {
  const patterns = patternsOf(layer);
  const index = patterns.findIndex(({ take }) => take === undefined || take(rest) !== undefined);
  if (index === -1) return [];
  const isTold = patterns[index]?.take !== undefined && patterns.length === paths.length;
  return isTold ? paths.slice(index, index + 1) : paths;
}

function isTakenBy(layer: Layer, path: string): boolean {
  return patternsOf(layer).some(({ take }) => take === undefined || take(path) !== undefined);
}

/** Whether a path as it is written, of fixed segments and parameters and nothing else, fits one of a request. */
function fits(written: string, path: string): boolean {
  const given = trimSlash(path).toLowerCase().split('/');
  const segments = trimSlash(written).split('/');
  return (
    segments.length === given.length &&
    segments.every((segment, index) =>
      /^:\w+$/.test(segment)
        ? given[index] !== ''
        : IS_FIXED.test(segment) && segment.toLowerCase() === given[index],
    )
  );
}

const IS_FIXED = /^[^:*?+(){}[\]\\]*$/;

/** What the application wrote as the path of a route: a text, a regular expression, or a list of these. */
function pathsOf(path: unknown): string[] {
  if (typeof path === 'string') return [path];
  if (path instanceof RegExp) return [String(path)];
  return Array.isArray(path) ? path.flatMap(pathsOf) : [];
}

function join(prefix: string, path: string): string {
  if (prefix === '') return path;
  return path === '/' ? prefix : (prefix + path).replaceAll(/\/{2,}/g, '/');
}

/** Without the query, and without the origin of a target in absolute form (RFC 9112, section 3.2.2). */
function pathOf(url: string): string {
  const path = url.startsWith('/') ? url : url.replace(/^[^/?#]*:\/\/[^/?#]*/, '');
  const end = path.search(/[?#]/);
  return end === -1 ? path : path.slice(0, end);
}
