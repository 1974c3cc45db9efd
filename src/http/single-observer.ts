/**
 * One observer per process: two copies of this package (`--require` and `--import`, register and instrumentation,
 * two versions) would record every exchange twice.
 */

const MARK = Symbol.for('otel-access-log.observer');

/**
 * Claims the process for one observer.
 *
 * @param owner what to call it in a message: how and in which version it was started
 * @returns the owner that was there first; `undefined` where the claim succeeded
 */
export function claimProcess(owner: string): string | undefined {
  const first: string | undefined = Reflect.get(globalThis, MARK);
  if (first !== undefined) return first;
  Object.defineProperty(globalThis, MARK, { value: owner, configurable: true, enumerable: false });
  return undefined;
}

/** Lets another observer claim the process. */
export function releaseProcess(): void {
  Reflect.deleteProperty(globalThis, MARK);
}
