/** Whatever runs clean-up when a test ends: the context of a test, or `{ after }` of `node:test` in a suite. */
export interface TestOwner {
  after(cleanUp: () => Promise<void>): void;
}

/** Clean-up in reverse: what was started last ends first. node:test itself runs it in the order of registration. */
export function lastFirst(owner: TestOwner): TestOwner {
  const cleanUps: (() => Promise<void>)[] = [];
  owner.after(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });
  return { after: (cleanUp) => void cleanUps.push(cleanUp) };
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
