import { closeSync, openSync, readSync, statSync } from 'node:fs';

/**
 * The first bytes of a file, `maxBytes` of it at the most.
 *
 * @throws Error as `node:fs` does
 */
export type ReadFile = (path: string, maxBytes: number) => Uint8Array;

/** Reads a regular file. Anything else, such as a pipe, may never end, or block the process when it is opened. */
export const readRegularFile: ReadFile = (path, maxBytes) => {
  if (!statSync(path).isFile()) {
    throw Object.assign(new Error(`${path} is no regular file`), { code: 'ENOTREG' });
  }
  const bytes = new Uint8Array(maxBytes);
  const file = openSync(path, 'r');
  try {
    let length = 0;
    while (length < maxBytes) {
      const read = readSync(file, bytes, length, maxBytes - length, null);
      if (read === 0) break;
      length += read;
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(file);
  }
};
