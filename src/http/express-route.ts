/**
 * The route template of an Express request (4 and 5, and what is built on them), without an instrumentation.
 *
 * `req.baseUrl` is the concrete path that a router is mounted under (`/api/v1` for `/api/:v`), and it is set back
 * when an error leaves the router. So the template is put together from the routers themselves: the mount layers
 * on the way from the application to the route that was matched. What cannot be told for sure is not told.
 */

interface Layer {
  readonly route?: object | undefined;
  readonly handle?: { readonly stack?: readonly Layer[] };
  /** Pattern as the application wrote it (router >= 2.3). */
  readonly rawPath?: unknown;
  /** Pure matching functions (router 2). */
  readonly matchers?: readonly ((
    path: string,
  ) => false | { path: string; params: Record<string, unknown> })[];
  /** Express 4. */
  readonly regexp?: RegExp & { readonly fast_slash?: boolean };
  readonly keys?: readonly { readonly name: string | number }[];
}

interface Application {
  readonly router?: { readonly stack?: readonly Layer[] };
  readonly _router?: { readonly stack?: readonly Layer[] };
  readonly parent?: Application;
  readonly mountpath?: unknown;
}

interface ExpressRequest {
  readonly app?: Application;
  readonly baseUrl?: unknown;
  readonly originalUrl?: unknown;
  readonly route?: { readonly path?: unknown };
}

const MAX_DEPTH = 16;
/** Templates of routes that are reached in one way only: most of them. */
const templates = new WeakMap<object, string>();

export function expressRoute(request: object): string | undefined {
  const { app, route, baseUrl, originalUrl }: ExpressRequest = request;
  if (typeof route !== 'object' || route === null || typeof originalUrl !== 'string') return undefined;
  const known = templates.get(route);
  if (known !== undefined) return known;
  const patterns = patternTexts(route.path);
  const path = pathOf(originalUrl);
  const found = app === undefined ? undefined : wayTo(route, app, path);
  if (found === undefined) return baseUrl === '' ? fitting(path, '', patterns) : undefined;
  const template = fitting(path, found.way, patterns);
  // The one way there is, and the one pattern: the same for every request.
  if (template !== undefined && found.isOnly && patterns.length === 1) templates.set(route, template);
  return template;
}

/** The template of what is before the route; `undefined` where it cannot be told for sure. */
function wayTo(route: object, app: Application, path: string): { way: string; isOnly: boolean } | undefined {
  const prefix = mountPrefix(app);
  // In Express 4 `app.router` throws, and the other one is there as soon as there is a route.
  const stack = (app._router ?? app.router)?.stack;
  if (prefix === undefined || stack === undefined || !startsLike(path, prefix)) return undefined;
  const ways = new Set<string>();
  let count = 0;
  collect(stack, route, path.slice(prefix.length) || '/', '', 0, (way, matches) => {
    count += 1;
    if (matches && way !== undefined) ways.add(prefix + way);
  });
  const [way] = ways;
  return ways.size === 1 && way !== undefined ? { way, isOnly: count === 1 } : undefined;
}

/** The pattern of the route that fits the path, after what is before it; all of them where several may. */
function fitting(path: string, way: string, patterns: readonly string[]): string | undefined {
  const templates = patterns
    .map((pattern) => join(way, pattern))
    .filter((template) => startsLike(path, template));
  return templates.length === 0 ? undefined : templates.join(',');
}

/** Calls `found` for each chain of mount layers that leads to `route`. */
function collect(
  stack: readonly Layer[],
  route: object,
  path: string,
  way: string | undefined,
  depth: number,
  found: (way: string | undefined, matches: boolean) => void,
): void {
  if (depth > MAX_DEPTH) return;
  for (const layer of stack) {
    if (layer.route === route) found(way, true);
    const inner = layer.handle?.stack;
    // Each route has a stack of its own, of its handlers: those lead nowhere.
    if (inner === undefined || layer.route !== undefined) continue;
    const mount = matchMount(layer, path);
    if (mount === undefined) {
      if (contains(inner, route, depth)) found(undefined, false);
    } else {
      const next = way === undefined || mount.template === undefined ? undefined : way + mount.template;
      collect(inner, route, path.slice(mount.length) || '/', next, depth + 1, found);
    }
  }
}

function contains(stack: readonly Layer[], route: object, depth: number): boolean {
  if (depth > MAX_DEPTH) return false;
  return stack.some(
    (layer) =>
      layer.route === route ||
      (layer.route === undefined &&
        layer.handle?.stack !== undefined &&
        contains(layer.handle.stack, route, depth + 1)),
  );
}

/** How much of `path` a mount layer takes, and the template of that part; `undefined` where it does not match. */
function matchMount(
  layer: Layer,
  path: string,
): { length: number; template: string | undefined } | undefined {
  if (layer.matchers !== undefined) {
    for (const matcher of layer.matchers) {
      const match = matcher(path);
      if (match === false) continue;
      const concrete = trimSlash(match.path);
      const written = typeof layer.rawPath === 'string' ? trimSlash(layer.rawPath) : undefined;
      return { length: concrete.length, template: written ?? parametrise(concrete, match.params) };
    }
    return undefined;
  }
  if (layer.regexp === undefined) return undefined;
  if (layer.regexp.fast_slash === true) return { length: 0, template: '' };
  const match = layer.regexp.exec(path);
  if (match === null) return undefined;
  const params: Record<string, unknown> = Object.create(null);
  layer.keys?.forEach((key, index) => {
    params[key.name] = match[index + 1];
  });
  const concrete = trimSlash(match[0]);
  return { length: concrete.length, template: parametrise(concrete, params) };
}

/** `/api/v1` with `{ v: 'v1' }` is `/api/:v`; `undefined` unless every value is a segment of its own. */
function parametrise(concrete: string, params: Readonly<Record<string, unknown>>): string | undefined {
  const segments = concrete.split('/');
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined) continue;
    let placed = false;
    for (const [index, segment] of segments.entries()) {
      if (segment !== value && decoded(segment) !== value) continue;
      segments[index] = `:${name}`;
      placed = true;
    }
    if (!placed) return undefined;
  }
  return segments.join('/');
}

/** Patterns that the applications above this one mounted it under; `undefined` where that is more than one text. */
function mountPrefix(app: Application): string | undefined {
  let prefix = '';
  let current = app;
  for (let depth = 0; current.parent !== undefined; depth += 1) {
    if (depth > MAX_DEPTH || typeof current.mountpath !== 'string') return undefined;
    // A parameter up there has another length than its value: where this application begins cannot be told.
    if (/[:*?+(){}[\]]/.test(current.mountpath)) return undefined;
    prefix = trimSlash(current.mountpath) + prefix;
    current = current.parent;
  }
  return prefix;
}

/** What the application wrote as the path of a route: a text, a regular expression, or a list of these. */
function patternTexts(path: unknown): string[] {
  if (typeof path === 'string') return [path];
  if (path instanceof RegExp) return [String(path)];
  return Array.isArray(path) ? path.flatMap(patternTexts) : [];
}

/** Whether the fixed segments that `template` begins with are those of `path`: a check against a wrong turn. */
function startsLike(path: string, template: string): boolean {
  const actual = path.split('/');
  for (const [index, segment] of template.split('/').entries()) {
    if (/[:*?+(){}[\]\\,^$|]/.test(segment)) return true;
    if (segment === '' && index > 0) continue;
    const given = actual[index];
    if (given === undefined || decoded(given).toLowerCase() !== segment.toLowerCase()) return false;
  }
  return true;
}

function join(prefix: string, path: string): string {
  if (prefix === '') return path;
  return path === '/' ? prefix : prefix + path;
}

function trimSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return end === -1 ? url : url.slice(0, end);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
