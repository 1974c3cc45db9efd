import { promisify } from 'node:util';
import type { Compression } from '../../options/otlp/otlp-checks.ts';

type Compress = (bytes: Uint8Array, callback: (error: Error | null, result: Buffer) => void) => void;

/** Compresses a message off the main thread; `none` leaves its parts as they are. */
export function compressor(
  compression: Compression,
): (parts: readonly Uint8Array[]) => Promise<readonly Uint8Array[]> {
  if (compression === 'none') return async (parts) => parts;
  const zlib: { readonly gzip: Compress; readonly zstdCompress?: Compress } =
    process.getBuiltinModule('node:zlib');
  const compress = compression === 'zstd' ? zlib.zstdCompress : zlib.gzip;
  if (compress === undefined) throw new TypeError(`this Node has no ${compression}`);
  const compressed = promisify(compress);
  return async (parts) => {
    const [first] = parts;
    return [await compressed(parts.length === 1 && first !== undefined ? first : Buffer.concat(parts))];
  };
}
