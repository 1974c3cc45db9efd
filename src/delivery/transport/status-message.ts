/** Tag of the field `message` (2) of google.rpc.Status: length-delimited. */
const MESSAGE = 0x12;
const VARINT = 0;
const LENGTH_DELIMITED = 2;

/**
 * The message of a google.rpc.Status, which is the body of a refusal over HTTP
 * (https://opentelemetry.io/docs/specs/otlp/#failures-1); `''` where there is none, or the bytes are something else.
 */
export function statusMessage(bytes: Uint8Array): string {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; at < bytes.length; factor *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    return Number.POSITIVE_INFINITY;
  };
  while (at < bytes.length) {
    const tag = varint();
    const type = tag % 8;
    const length = varint();
    if (type === VARINT) continue;
    if (type !== LENGTH_DELIMITED) return '';
    // Of a body that was not read to its end, what there is of it.
    if (tag === MESSAGE) return Buffer.from(bytes.subarray(at, at + length)).toString('utf8');
    at += length;
  }
  return '';
}
