/**
 * The route template of a hapi request (21), without an instrumentation. hapi keeps on the request the route that it
 * matched, with the prefix of its plugin, from before the request is authenticated.
 */
import { patchMethod } from '../patched-method.ts';
import { noteHandled, type Undo } from './handled-request.ts';

interface HapiRequest {
  readonly raw?: { readonly req?: { readonly url?: unknown }; readonly res?: unknown };
  readonly route?: { readonly method?: unknown; readonly path?: unknown };
}

/** Method of the routes of hapi itself: for what matches no other, for paths that are malformed, for CORS. */
const OWN = '_special';

export function patchHapi(requestClass: unknown): readonly Undo[] {
  if (typeof requestClass !== 'function') return [];
  return [
    patchMethod(
      requestClass,
      'generate',
      (source) =>
        function generate(this: unknown, ...args: unknown[]): unknown {
          const request = Reflect.apply(source.generate, this, args) as object;
          noteHandled(args[2], request, hapiRoute);
          return request;
        },
      true,
    ),
  ];
}

function hapiRoute({ raw, route }: HapiRequest, target: string): string | undefined {
  // Something stands before the server that has taken a part of the path.
  if (raw?.req?.url !== target || route === undefined || route.method === OWN) return undefined;
  return typeof route.path === 'string' ? route.path : undefined;
}
