/**
 * Where a platform leaves the context of a request: the first is documented by Next.js (`after`), the second is Vercel's
 * own, which `@vercel/functions` reads.
 */
const CONTEXTS: readonly symbol[] = [
  Symbol.for('@next/request-context'),
  Symbol.for('@vercel/request-context'),
];

interface RequestContext {
  readonly waitUntil?: unknown;
}

interface ContextReader {
  readonly get?: () => RequestContext | undefined;
}

/** Whether a platform has left something from which the context of a request can be read. */
export function hasRequestContext(): boolean {
  return CONTEXTS.some((name) => Reflect.get(globalThis, name) !== undefined);
}

/**
 * Has the platform wait for a promise before it stops the process, for the request in whose context this is called.
 *
 * @param promiseOf makes the promise; called only where the platform takes one
 * @returns whether the platform has taken it
 * @throws what the platform throws
 */
export function waitUntil(promiseOf: () => Promise<void>): boolean {
  for (const name of CONTEXTS) {
    const reader = Reflect.get(globalThis, name) as ContextReader | undefined;
    const context = reader?.get?.();
    if (typeof context?.waitUntil !== 'function') continue;
    context.waitUntil(promiseOf());
    return true;
  }
  return false;
}
