/**
 * The route template of a Next.js request (`/orders/[id]`; App Router and Pages Router, `next start` and a custom
 * server), without an instrumentation. Next.js keeps what it matched on the request, under a symbol of the global
 * registry; seen on 16.4.
 */

const REQUEST_META = Symbol.for('NextInternalRequestMeta');

interface NextRequest {
  readonly [REQUEST_META]?: { readonly match?: { readonly definition?: { readonly pathname?: unknown } } };
}

/** Pages of Next.js itself: one that answers an error has taken the place of the route that was matched, if any. */
const ERROR_PAGES: ReadonlySet<string> = new Set([
  '/404',
  '/500',
  '/_error',
  '/_global-error',
  '/_not-found',
]);

export function nextRoute(request: object): string | undefined {
  const { [REQUEST_META]: meta }: NextRequest = request;
  const pathname = meta?.match?.definition?.pathname;
  return typeof pathname === 'string' && !ERROR_PAGES.has(pathname) ? pathname : undefined;
}
