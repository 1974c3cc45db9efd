/**
 * Lets one work run at a time, in the order of its asking. A spool never keeps more than one thread of Node's pool busy
 * this way: the application's files, names (`dns.lookup`) and ciphers need the others while a disk stalls.
 */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** @returns what the work returns or throws */
  take<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
