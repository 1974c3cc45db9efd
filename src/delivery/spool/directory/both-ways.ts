/** A call of `node:fs`. */
interface Call {
  readonly async: () => Promise<unknown>;
  readonly sync: () => unknown;
}

/**
 * Work on files that is written once and done asynchronously while the process runs, synchronously while it ends. What
 * is examined must not differ between the two.
 */
export type BothWays<Result> = Generator<Call, Result, unknown>;

/** One call, to be used with `yield*`. Throws there what the call throws. */
export function* call<Result>(async: () => Promise<Result>, sync: () => Result): BothWays<Result> {
  return (yield { async, sync }) as Result;
}

/** @throws what the work throws */
export async function inTime<Result>(work: BothWays<Result>): Promise<Result> {
  let step = work.next();
  while (step.done !== true) {
    let result: unknown;
    try {
      result = await step.value.async();
    } catch (error) {
      step = work.throw(error);
      continue;
    }
    step = work.next(result);
  }
  return step.value;
}

/** @throws what the work throws */
export function atOnce<Result>(work: BothWays<Result>): Result {
  let step = work.next();
  while (step.done !== true) {
    let result: unknown;
    try {
      result = step.value.sync();
    } catch (error) {
      step = work.throw(error);
      continue;
    }
    step = work.next(result);
  }
  return step.value;
}
