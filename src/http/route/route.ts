import type { ObservedExchange } from '../observed-exchange.ts';
import { RPC_METADATA } from '../trace/rpc-metadata.ts';
import { expressRoute } from './express-route.ts';
import { nextRoute } from './next-route.ts';

/**
 * The route template of an exchange, read at its end: what the framework's instrumentation wrote into the RPC
 * metadata of the handlers' context, whether its span was sampled or not; else what Next.js left on the request, what
 * the framework announced while it handled the request (Fastify), what Express left, or what another framework keeps
 * (Koa, Hono, hapi).
 *
 * @param request `undefined` where there is none: the stream API of HTTP/2
 */
export function routeOf(exchange: RoutedExchange, request: object | undefined): string | undefined {
  const { handlerContext, announcedRoute: announced, handledAs, readRoute, target } = exchange;
  if (handlerContext !== undefined) {
    const metadata = handlerContext.getValue(RPC_METADATA);
    if (isHttpMetadata(metadata) && metadata.route) return metadata.route;
  }
  if (request === undefined) return announced;
  try {
    // Fastify and Express may hand everything to Next.js through one catch-all route.
    const route = nextRoute(request) ?? announced ?? expressRoute(request);
    return route ?? (handledAs && readRoute?.(handledAs, target));
  } catch {
    // These are the insides of a framework, whose getters may throw: without a route the exchange is still one.
    return announced;
  }
}

type RoutedExchange = Pick<
  ObservedExchange,
  'handlerContext' | 'announcedRoute' | 'handledAs' | 'readRoute' | 'target'
>;

function isHttpMetadata(metadata: unknown): metadata is { readonly route?: string } {
  return typeof metadata === 'object' && metadata !== null && 'type' in metadata && metadata.type === 'http';
}
