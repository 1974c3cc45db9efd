/**
 * The route template of a Next.js request (`/orders/[id]`; App Router and Pages Router, `next start` and a custom
 * server), without an instrumentation. Next.js keeps what it matched on the request, under a symbol of the global
 * registry; seen on 14.2, 15.5 and 16.4. The base path of the configuration belongs to the route. A locale does not: it
 * is a choice of the client's, and no page has it in its path.
 */

const REQUEST_META = Symbol.for('NextInternalRequestMeta');
/** What the servers of a process offer to their pages (from 15.4 on), by the folder of their applications. */
const SERVERS = Symbol.for('@next/router-server-methods');

interface NextRequest {
  readonly [REQUEST_META]?: RequestMeta;
  /** Of Express, where Next.js is mounted in one of its applications. */
  readonly baseUrl?: unknown;
}

interface RequestMeta {
  readonly match?: {
    readonly definition?: { readonly pathname?: unknown; readonly i18n?: unknown };
    readonly params?: Readonly<Record<string, unknown>>;
  };
  /** The page that was found for the path; it stays where that page calls `notFound()`. */
  readonly invokeOutput?: unknown;
  /** The path that the page was found for: after rewrites, with the base path and the locale. */
  readonly invokePath?: unknown;
  /** The folder of the application. */
  readonly relativeProjectDir?: unknown;
}

interface Server {
  readonly nextConfig?: { readonly basePath?: unknown };
}

interface Servers {
  readonly [SERVERS]?: Readonly<Record<string, Server>>;
}

/** Pages of Next.js itself: one that answers an error has taken the place of the page that was matched, if any. */
const ERROR_PAGES: ReadonlySet<unknown> = new Set([
  '/404',
  '/500',
  '/_error',
  '/_global-error',
  '/_not-found',
]);

export function nextRoute(request: object): string | undefined {
  const { [REQUEST_META]: meta, baseUrl }: NextRequest = request;
  if (meta === undefined) return undefined;
  // The text of Express's mount path cannot be read, and without it the route is not whole.
  if (typeof baseUrl === 'string' && baseUrl !== '') return undefined;
  const page = pageOf(meta);
  if (page === undefined) return undefined;
  const basePath = basePathOf(meta);
  if (basePath === undefined) return takesWhole(page, meta) ? page : undefined;
  return page === '/' && basePath !== '' ? basePath : basePath + page;
}

function pageOf({ match, invokeOutput }: RequestMeta): string | undefined {
  for (const page of [match?.definition?.pathname, invokeOutput]) {
    if (typeof page === 'string' && !ERROR_PAGES.has(page)) return page;
  }
  return undefined;
}

function basePathOf({ relativeProjectDir }: RequestMeta): string | undefined {
  const { [SERVERS]: servers = {} } = globalThis as typeof globalThis & Servers;
  const [first, ...others] = Object.values(servers);
  const only = others.length === 0 ? first : undefined;
  const server = typeof relativeProjectDir === 'string' ? servers[relativeProjectDir] : only;
  const basePath = server?.nextConfig?.basePath;
  return typeof basePath === 'string' ? basePath : undefined;
}

/** Whether the page takes the whole path, so that there is no base path: before 15.4 nothing shows that. */
function takesWhole(page: string, { match, invokePath }: RequestMeta): boolean {
  if (typeof invokePath !== 'string') return false;
  const given = segmentsOf(invokePath);
  const written = segmentsOf(page).flatMap((segment) => {
    const [, dots, name = ''] = /^\[?\[(\.\.\.)?([^\]]+)\]\]?$/.exec(segment) ?? [];
    if (dots === undefined) return [segment];
    const values = match?.params?.[name];
    return Array.isArray(values) ? values.map(() => segment) : [];
  });
  // A page of the Pages Router has the locale before it.
  if (match?.definition?.i18n !== undefined && given.length === written.length + 1) given.shift();
  return (
    given.length === written.length &&
    written.every((segment, index) => segment.startsWith('[') || segment === given[index])
  );
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}
