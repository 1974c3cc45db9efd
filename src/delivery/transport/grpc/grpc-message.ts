import { BoundedBody } from '../response/bounded-body.ts';

/** One byte (is the message compressed?) and four of length. */
const PREFIX_BYTES = 5;
const NOTHING = new Uint8Array();

/**
 * The message with its prefix before it (Length-Prefixed-Message,
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests).
 */
export function framed(message: readonly Uint8Array[], isCompressed: boolean): readonly Uint8Array[] {
  const prefix = Buffer.allocUnsafe(PREFIX_BYTES);
  const length = message.reduce((sum, part) => sum + part.length, 0);
  prefix.writeUInt8(isCompressed ? 1 : 0, 0);
  prefix.writeUInt32BE(length, 1);
  return [prefix, ...message];
}

/**
 * The message of a response without its prefix, as far as it was kept; empty where the body is no such message.
 *
 * @param encoding the header `grpc-encoding`
 */
export async function unframed(body: Buffer, encoding: unknown): Promise<Uint8Array> {
  if (body.length < PREFIX_BYTES) return NOTHING;
  const message = body.subarray(PREFIX_BYTES, PREFIX_BYTES + body.readUInt32BE(1));
  if (body[0] === 0) return message;
  return body[0] === 1 && encoding === 'gzip' ? gunzipped(message) : NOTHING;
}

/** Decompresses as much as can be read: the bytes may be cut off, damaged, or expand to more than is kept. */
async function gunzipped(bytes: Uint8Array): Promise<Uint8Array> {
  const { createGunzip, constants } = process.getBuiltinModule('node:zlib');
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  const beginning = new BoundedBody();
  gunzip.end(bytes);
  try {
    for await (const chunk of gunzip) if (beginning.add(chunk) !== undefined) break;
  } catch {
    // What was decompressed before counts.
  }
  return beginning.bytes();
}
