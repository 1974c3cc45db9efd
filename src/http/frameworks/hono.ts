/**
 * The route template of a Hono request (Hono 4 on @hono/node-server), without an instrumentation.
 *
 * Nothing leads from a request of Node to what Hono makes of it, and Hono is an ES module as a rule, whose parts cannot
 * be patched once it is loaded. So one line is put to the end of its `context.js` while it is loaded: the class of its
 * contexts becomes one that extends it and tells us of each. Only where Hono is installed beside the application.
 *
 * Node has hooks for that in the thread of the application (22.15, 23.5 and later). Before, they run in a thread of
 * their own, and see ES modules only.
 */
import { statSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { dirname, join } from 'node:path';
import { noteHandled } from './handled-request.ts';

interface HonoContext {
  readonly req: HonoRequest;
}

interface HonoRequest {
  /** Of what was matched, which one was entered last. */
  readonly routeIndex?: number;
  readonly matchedRoutes?: readonly MatchedRoute[];
  readonly raw?: { readonly url?: unknown };
}

interface MatchedRoute {
  readonly path?: unknown;
  readonly method?: unknown;
  readonly handler?: { readonly length?: number; readonly [COMPOSED]?: { readonly length?: number } };
}

/** Where Hono keeps the handler that it has wrapped to call the error handler of a part of the application. */
const COMPOSED = '__COMPOSED_HANDLER';

/** What Hono makes a context of. */
interface ContextOptions {
  /** What @hono/node-server hands to the application. */
  readonly env?: { readonly outgoing?: unknown };
}

type ContextClass = new (...args: [unknown, ContextOptions | undefined]) => HonoContext;

interface Loaded {
  readonly source?: string | ArrayBuffer | NodeJS.TypedArray | null | undefined;
  readonly format?: string | null | undefined;
}

/** `registerHooks` of `node:module`: the types of Node 20 lack it. */
type RegisterHooks = (hooks: {
  readonly load: (url: string, context: unknown, next: (url: string, context: unknown) => Loaded) => Loaded;
}) => { deregister(): void };

const IS_CONTEXT = /\/hono\/dist\/(?:cjs\/)?context\.js$/;
const DECLARES_CLASS = /^var Context = class \{/m;
const KEY = Symbol.for('otel-access-log.hono');
/** In one line behind the last: the lines of stack traces stay as they are. */
const APPENDED = `;Context = globalThis[Symbol.for('otel-access-log.hono')]?.(Context) ?? Context;`;

/** The same for the thread of hooks, of ES modules. */
const IN_OWN_THREAD = `data:text/javascript,${encodeURIComponent(`
export async function load(url, context, next) {
  const loaded = await next(url, context);
  if (!${IS_CONTEXT}.test(url) || loaded.format !== 'module' || loaded.source == null) return loaded;
  const text = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source);
  return ${DECLARES_CLASS}.test(text) ? { ...loaded, source: text + ${JSON.stringify(`
${APPENDED}
`)} } : loaded;
}`)}`;

/** Watches for Hono being loaded. @returns what ends it */
export function watchForHono(): () => void {
  if (!isInstalled()) return () => undefined;
  Reflect.set(globalThis, KEY, extended);
  const { registerHooks } = nodeModule as { readonly registerHooks?: RegisterHooks };
  if (registerHooks === undefined) {
    nodeModule.register(IN_OWN_THREAD);
    return () => undefined;
  }
  const hooks = registerHooks({
    load: (url, context, next) => {
      const loaded = next(url, context);
      return IS_CONTEXT.test(url) ? appendedTo(loaded) : loaded;
    },
  });
  return () => hooks.deregister();
}

/** Whether Hono is where the application, or what starts it, would find it. */
function isInstalled(): boolean {
  const [, main] = process.argv;
  return [process.cwd(), ...(main === undefined ? [] : [dirname(main)])].some(isBeside);
}

function isBeside(folder: string): boolean {
  const found = statSync(join(folder, 'node_modules', 'hono', 'package.json'), { throwIfNoEntry: false });
  if (found !== undefined) return true;
  const parent = dirname(folder);
  return parent !== folder && isBeside(parent);
}

function appendedTo(loaded: Loaded): Loaded {
  const { source, format } = loaded;
  const isCommonJs = format === 'commonjs';
  if (source == null || (!isCommonJs && format !== 'module')) return loaded;
  const text = typeof source === 'string' ? source : new TextDecoder().decode(source);
  // Another Hono than those that are known is left alone.
  if (!DECLARES_CLASS.test(text)) return loaded;
  return { ...loaded, source: `${text}\n${APPENDED}${isCommonJs ? ' exports.Context = Context;' : ''}\n` };
}

/** A class of contexts that tells us of each. */
function extended(Context: ContextClass): ContextClass {
  return {
    Context: class extends Context {
      constructor(request: unknown, options: ContextOptions | undefined) {
        super(request, options);
        noteHandled(options?.env?.outgoing, this, honoRoute);
      }
    },
  }.Context;
}

function honoRoute({ req }: HonoContext, target: string): string | undefined {
  const { routeIndex = 0, matchedRoutes, raw } = req;
  const { path, method, handler } = matchedRoutes?.[routeIndex] ?? {};
  if (typeof path !== 'string' || !isOfTarget(raw?.url, target)) return undefined;
  if (method !== 'ALL') return path;
  // `use` and `all` leave the same. What takes `next` is middleware (`hono/dev` says so), and what fits everything below
  // a path may be one that refuses.
  const isMiddleware = path.endsWith('*') || ((handler?.[COMPOSED] ?? handler)?.length ?? 2) >= 2;
  return isMiddleware ? undefined : path;
}

/** Whether the request that Hono was handed is the whole one: what stands before it may take a part of the path. */
function isOfTarget(url: unknown, target: string): boolean {
  if (typeof url !== 'string') return false;
  const start = url.indexOf('/', url.indexOf('://') + 3);
  if (start !== -1 && url.slice(start) === target) return true;
  // It is normalized on the way, as by `new URL()`.
  return URL.canParse(target, url) && new URL(target, url).pathname === new URL(url).pathname;
}
