import { deadline } from './owner.ts';

/** Lets tests wait for a state without polling: whoever changes the state says so, whoever waits looks then. */
export class Changes {
  readonly #target = new EventTarget();

  /** To be called after every change. */
  notify(): void {
    this.#target.dispatchEvent(new Event('change'));
  }

  /**
   * The first value of `look` that is not `undefined`: looked for at once, and after every change.
   * @throws Error with `message` after `timeoutMs`; what `look` throws
   */
  async until<T>(look: () => T | undefined, timeoutMs: number, message: () => string): Promise<T> {
    let onChange = (): void => undefined;
    const found = new Promise<T>((resolve, reject) => {
      onChange = () => {
        try {
          const value = look();
          if (value !== undefined) resolve(value);
        } catch (error) {
          reject(error);
        }
      };
      this.#target.addEventListener('change', onChange);
      onChange();
    });
    try {
      return await deadline(found, timeoutMs, message);
    } finally {
      this.#target.removeEventListener('change', onChange);
    }
  }
}
