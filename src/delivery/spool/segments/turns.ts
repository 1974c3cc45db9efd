/**
 * Lets one work run at a time. While a disk stalls, each series of turns keeps one thread of Node's pool busy. A spool has
 * two of them, one for its own directory and one for all others, however many it has taken over: the application's files,
 * names (`dns.lookup`) and ciphers need the other two.
 */
export class Turns {
  readonly #waiting: (() => Promise<void>)[] = [];
  #isBusy = false;

  /** Runs the work after all that was asked for before. @returns what the work returns or throws */
  take<Result>(work: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(turnOf(work, resolve, reject));
      this.#next();
    });
  }

  /** Runs the work before all that waits. @returns what the work returns or throws */
  takeFirst<Result>(work: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.unshift(turnOf(work, resolve, reject));
      this.#next();
    });
  }

  #next(): void {
    const turn = this.#isBusy ? undefined : this.#waiting.shift();
    if (turn === undefined) return;
    this.#isBusy = true;
    void turn().finally(() => {
      this.#isBusy = false;
      this.#next();
    });
  }
}

/** Never rejects. */
function turnOf<Result>(
  work: () => Promise<Result>,
  resolve: (result: Result) => void,
  reject: (error: unknown) => void,
): () => Promise<void> {
  // Its first step is one of a later microtask, as all others are.
  return () => Promise.resolve().then(work).then(resolve, reject);
}
