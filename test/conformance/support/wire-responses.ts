// The responses in all bytes that a client received, whole or broken off.

export interface WireResponse {
  readonly status: number;
  /** Body bytes without chunk framing; behind a 101, or a 2xx to CONNECT, all bytes that followed. */
  readonly bodySize: number;
  /** All its bytes, those of informational responses (1xx) before it included. */
  readonly size: number;
}

/** @param methods of the requests that were answered, in order; default `GET` */
export function readWire(bytes: Buffer, methods: readonly string[] = []): readonly WireResponse[] {
  const responses: WireResponse[] = [];
  let begin = 0;
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf('\r\n\r\n', start);
    const [, digits] = /^HTTP\/1\.1 (\d{3}) /.exec(bytes.toString('latin1', start, start + 13)) ?? [];
    if (end === -1 || digits === undefined)
      throw new Error(`a head expected at ${start}: ${bytes.toString('latin1')}`);
    const status = Number(digits);
    const head = bytes.toString('latin1', start, end + 4);
    start = end + 4;
    if (status < 200 && status !== 101) continue;
    const { bodySize, length } = readBody(
      bytes.subarray(start),
      status,
      head,
      methods[responses.length] ?? 'GET',
    );
    start += length;
    responses.push({ status, bodySize, size: start - begin });
    begin = start;
  }
  return responses;
}

interface Body {
  readonly bodySize: number;
  readonly length: number;
}

function readBody(bytes: Buffer, status: number, head: string, method: string): Body {
  const rest = { bodySize: bytes.length, length: bytes.length };
  if (status === 101 || (method === 'CONNECT' && status < 300)) return rest;
  if (method === 'HEAD' || status === 204 || status === 304) return { bodySize: 0, length: 0 };
  if (/\r\ntransfer-encoding: chunked\r\n/i.test(head)) return readChunks(bytes);
  const [, promised] = /\r\ncontent-length: (\d+)\r\n/i.exec(head) ?? [];
  if (promised === undefined) return rest;
  const length = Math.min(bytes.length, Number(promised));
  return { bodySize: length, length };
}

/** RFC 9112 section 7.1, with as many bytes as there are. */
function readChunks(bytes: Buffer): Body {
  let bodySize = 0;
  for (let start = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', start);
    if (lineEnd === -1) return { bodySize, length: bytes.length };
    const size = Number.parseInt(bytes.toString('latin1', start, lineEnd), 16);
    if (Number.isNaN(size)) throw new Error(`a chunk expected: ${bytes.toString('latin1', start)}`);
    if (size === 0) {
      const hasTrailers = bytes.indexOf('\r\n', lineEnd + 2) !== lineEnd + 2;
      const end = hasTrailers ? bytes.indexOf('\r\n\r\n', lineEnd) + 4 : lineEnd + 4;
      return { bodySize, length: end };
    }
    bodySize += Math.min(size, bytes.length - lineEnd - 2);
    start = lineEnd + 2 + size + 2;
    if (start >= bytes.length) return { bodySize, length: bytes.length };
  }
}
