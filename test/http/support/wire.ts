// One response as it is in so many bytes of a connection, whatever its head promises.

export interface OnWire {
  /** `undefined` where there is no whole head. */
  readonly status: number | undefined;
  /** Body bytes without chunk framing. */
  readonly bodySize: number;
  /** All bytes after the head. */
  readonly afterHead: number;
  /** `Content-Length`, where it counts: 0 beside chunks. */
  readonly promised: number;
}

const NOTHING: OnWire = { status: undefined, bodySize: 0, afterHead: 0, promised: 0 };

/** Reads the 1xx responses and the head; all that is left of `bytes` is the body, cut off or too long as it may be. */
export function readOnWire(bytes: Buffer): OnWire {
  for (let start = 0; ; ) {
    const end = bytes.indexOf('\r\n\r\n', start);
    const [, digits] = /^HTTP\/1\.1 (\d{3}) /.exec(bytes.toString('latin1', start, start + 13)) ?? [];
    if (end === -1 || digits === undefined) return NOTHING;
    const status = Number(digits);
    const head = bytes.toString('latin1', start, end + 4);
    start = end + 4;
    if (status < 200) continue;
    const body = bytes.subarray(start);
    const isChunked = /\r\ntransfer-encoding: chunked\r\n/i.test(head);
    if (isChunked) return { status, bodySize: chunkedSize(body), afterHead: body.length, promised: 0 };
    const promised = Number(/\r\ncontent-length: (\d+)\r\n/i.exec(head)?.[1] ?? 0);
    return { status, bodySize: body.length, afterHead: body.length, promised };
  }
}

function chunkedSize(body: Buffer): number {
  let size = 0;
  for (let start = 0; start < body.length; ) {
    const lineEnd = body.indexOf('\r\n', start);
    if (lineEnd === -1) return size;
    const announced = Number.parseInt(body.toString('latin1', start, lineEnd), 16);
    if (announced === 0) return size;
    if (Number.isNaN(announced)) return Number.NaN;
    const dataStart = lineEnd + 2;
    size += Math.min(announced, body.length - dataStart);
    start = dataStart + announced + 2;
  }
  return size;
}
