/**
 * The route template of a Fastify request (4 and 5), without an instrumentation. Fastify announces each of its
 * instances on a diagnostics channel, before the application has it. A hook that is there from then on runs before any
 * of the application's, so it sees what was matched also where they refuse the request, or its body is refused. Another
 * hook sees the errors that Fastify hands to its error handlers.
 */
import { noteThrown } from '../frameworks/handled-request.ts';
import { exchangeOf } from '../http1/exchange-slot.ts';
import { exchangeOfCompat } from '../http2/stream-slot.ts';

interface FastifyRequest {
  readonly [key: symbol]: unknown;
  /** From 4.10 on; without a `url` where nothing matched. */
  readonly routeOptions?: { readonly url?: unknown };
  /** Up to 4.29, and deprecated at the end. */
  readonly routerPath?: unknown;
}

interface RouteContext {
  readonly config?: { readonly url?: unknown };
}

interface Hooks {
  onRequest?: unknown;
  onError?: unknown;
}

interface FastifyReply {
  readonly raw?: object;
}

interface FastifyInstance {
  addHook(
    name: 'onRequest',
    hook: (request: FastifyRequest, reply: FastifyReply, done: () => void) => void,
  ): unknown;
  hasRequestDecorator(name: string): boolean;
  readonly [key: symbol]: unknown;
}

/** Message of `fastify.initialization`. */
interface InitializationMessage {
  readonly fastify?: FastifyInstance;
}

/** Message of `tracing:fastify.request.handler:start` (Fastify 5). */
interface HandlerMessage {
  readonly reply?: FastifyReply;
  readonly route?: { readonly url?: unknown };
  /** Of the channel that ends in `error`. */
  readonly error?: unknown;
}

/** What is to be subscribed to, and by what. */
export const FASTIFY_CHANNELS: readonly (readonly [channel: string, listener: (message: unknown) => void])[] =
  [
    ['fastify.initialization', onInitialization],
    // For instances that were made before.
    ['tracing:fastify.request.handler:start', onHandler],
    ['tracing:fastify.request.handler:error', onHandlerError],
  ];

function onInitialization(message: unknown): void {
  const { fastify } = message as InitializationMessage;
  if (fastify === undefined) return;
  const hooks = hooksOf(fastify);
  if (Array.isArray(hooks?.onError)) hooks.onError = ErrorHooksBehindOurs.from(hooks.onError);
  // @fastify/otel was here first: it would make a span of our hook, and announces the route itself.
  if (fastify.hasRequestDecorator('opentelemetry')) return;
  if (Array.isArray(hooks?.onRequest)) hooks.onRequest = HooksBehindOurs.from(hooks.onRequest);
  else fastify.addHook('onRequest', keepRoute);
}

/**
 * Hooks of an instance. Instances within it copy them with `slice`, and each route with `concat`: there ours comes
 * first. With `addHook` it would be counted among the application's, and its registration printed by `printPlugins`.
 */
class HooksBehindOurs extends Array<unknown> {
  override concat(...items: readonly unknown[]): unknown[] {
    return [keepRoute as unknown].concat(Array.from(this), ...items);
  }
}

class ErrorHooksBehindOurs extends Array<unknown> {
  override concat(...items: readonly unknown[]): unknown[] {
    return [keepError as unknown].concat(Array.from(this), ...items);
  }
}

/** Where all of Fastify 4 and 5 keep their hooks. */
function hooksOf(fastify: FastifyInstance): Hooks | undefined {
  const key = Object.getOwnPropertySymbols(fastify).find(
    ({ description }) => description === 'fastify.hooks',
  );
  return key === undefined ? undefined : (fastify[key] as Hooks | undefined);
}

/** With `done`, since Fastify would wait a turn for a function that returns a promise. */
function keepRoute(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  try {
    announce(reply, urlOf(request));
  } catch {
    // These are the insides of a framework: without a route the exchange is still one.
  }
  done();
}

/** Runs before the error handlers, whichever of them answers. */
function keepError(_request: FastifyRequest, reply: FastifyReply, error: unknown, done: () => void): void {
  noteThrown(reply.raw, error);
  done();
}

/** Under which Fastify keeps the route of a request. */
let contextKey: symbol | undefined;

/**
 * The same as `routeOptions.url`, which takes Fastify 4 ten microseconds: it makes an object and freezes it.
 */
function urlOf(request: FastifyRequest): unknown {
  if (contextKey === undefined || !(contextKey in request)) {
    const keys = Object.getOwnPropertySymbols(request);
    contextKey = keys.find(({ description }) => description === 'fastify.context');
  }
  const context = contextKey === undefined ? undefined : (request[contextKey] as RouteContext | undefined);
  if (context?.config !== undefined) return context.config.url;
  // One in the place of the other: to read what is deprecated makes a warning.
  return request.routeOptions === undefined ? request.routerPath : request.routeOptions.url;
}

function onHandler(message: unknown): void {
  const { reply, route } = message as HandlerMessage;
  announce(reply, route?.url);
}

function onHandlerError(message: unknown): void {
  const { reply, error } = message as HandlerMessage;
  noteThrown(reply?.raw, error);
}

function announce(reply: FastifyReply | undefined, url: unknown): void {
  if (typeof reply?.raw !== 'object' || typeof url !== 'string') return;
  const exchange = exchangeOf(reply.raw) ?? exchangeOfCompat(reply.raw);
  if (exchange !== undefined) exchange.announcedRoute = url;
}
