/** Waits until certain records are acknowledged, given up, or on disk. */
export class Settlement {
  readonly done: Promise<void>;
  #resolve: () => void = () => undefined;
  /** Parts of the records that are open: those that no batch has taken, and each batch. */
  #open = 1;

  constructor() {
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** There is one part more. */
  partAdded(): void {
    this.#open += 1;
  }

  /** Nothing more becomes of the records of one part. */
  partEnded(): void {
    this.#open -= 1;
    if (this.#open === 0) this.#resolve();
  }
}
