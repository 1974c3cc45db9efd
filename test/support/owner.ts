/** Whatever runs clean-up when a test ends: the context of a test, or `{ after }` of `node:test` in a suite. */
export interface TestOwner {
  after(cleanUp: () => Promise<void>): void;
}

/** The promise, or an error with `message` after so many milliseconds. */
export async function deadline<T>(promise: Promise<T>, timeoutMs: number, message: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${message()}\n(waited ${timeoutMs} ms)`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, expiry]);
  } finally {
    clearTimeout(timer);
  }
}
