/** A response as it was on the wire. */
export interface RawResponse {
  readonly status: number;
  readonly statusText: string;
  /** In the order and case of the wire. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Without chunk framing. */
  readonly body: Buffer;
  readonly trailers: RawResponse['headers'];
  /** Status codes of the 1xx responses before it. */
  readonly informational: readonly number[];
}

interface Head extends Pick<RawResponse, 'status' | 'statusText' | 'headers'> {
  readonly end: number;
}

/**
 * The complete responses at the start of `bytes` (HTTP/1.x, RFC 9112 section 6). `methods` are those of the
 * requests, in order (default GET); `ended` says that no byte will follow, which completes a body without a length.
 * @throws Error where the bytes are no HTTP
 */
export function parseResponses(bytes: Buffer, methods: readonly string[], ended: boolean): RawResponse[] {
  const responses: RawResponse[] = [];
  let informational: number[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const head = parseHead(bytes, offset);
    if (head === undefined) break;
    if (head.status < 200 && head.status !== 101) {
      informational.push(head.status);
      offset = head.end;
      continue;
    }
    const body = parseBody(bytes, head, methods[responses.length] ?? 'GET', ended);
    if (body === undefined) break;
    const { status, statusText, headers } = head;
    responses.push({ status, statusText, headers, body: body.bytes, trailers: body.trailers, informational });
    informational = [];
    offset = body.end;
  }
  return responses;
}

/** Value of a header of a response, by any case of its name. */
function headerOf({ headers }: Pick<RawResponse, 'headers'>, name: string): string | undefined {
  return headers.find(([candidate]) => candidate.toLowerCase() === name.toLowerCase())?.[1];
}

function parseHead(bytes: Buffer, start: number): Head | undefined {
  const end = bytes.indexOf('\r\n\r\n', start);
  if (end === -1) return undefined;
  const [statusLine = '', ...lines] = bytes.toString('latin1', start, end).split('\r\n');
  const [, status, statusText = ''] = /^HTTP\/1\.[01] (\d{3})(?: (.*))?$/.exec(statusLine) ?? [];
  if (status === undefined) throw new Error(`status line expected, got ${JSON.stringify(statusLine)}`);
  return { status: Number(status), statusText, headers: lines.map(parseHeader), end: end + 4 };
}

function parseHeader(line: string): [string, string] {
  const colon = line.indexOf(':');
  if (colon < 1) throw new Error(`header expected, got ${JSON.stringify(line)}`);
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}

interface Body {
  readonly bytes: Buffer;
  readonly trailers: RawResponse['headers'];
  readonly end: number;
}

function parseBody(bytes: Buffer, head: Head, method: string, ended: boolean): Body | undefined {
  if (method === 'HEAD' || [101, 204, 304].includes(head.status)) return sized(bytes, head.end, 0);
  if (headerOf(head, 'transfer-encoding')?.toLowerCase().endsWith('chunked') === true) {
    return chunked(bytes, head.end);
  }
  const length = headerOf(head, 'content-length');
  if (length !== undefined) return sized(bytes, head.end, Number(length));
  return ended ? sized(bytes, head.end, bytes.length - head.end) : undefined;
}

function sized(bytes: Buffer, start: number, length: number): Body | undefined {
  const end = start + length;
  return end > bytes.length ? undefined : { bytes: bytes.subarray(start, end), trailers: [], end };
}

function chunked(bytes: Buffer, start: number): Body | undefined {
  const chunks: Buffer[] = [];
  for (let offset = start; ; ) {
    const lineEnd = bytes.indexOf('\r\n', offset);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', offset, lineEnd), 16);
    if (Number.isNaN(size)) throw new Error('chunk size expected');
    offset = lineEnd + 2;
    if (size === 0) return trailed(bytes, offset, Buffer.concat(chunks));
    if (offset + size + 2 > bytes.length) return undefined;
    chunks.push(bytes.subarray(offset, offset + size));
    offset += size + 2;
  }
}

function trailed(bytes: Buffer, start: number, body: Buffer): Body | undefined {
  if (bytes.indexOf('\r\n', start) === start) return { bytes: body, trailers: [], end: start + 2 };
  const end = bytes.indexOf('\r\n\r\n', start);
  if (end === -1) return undefined;
  const trailers = bytes.toString('latin1', start, end).split('\r\n').map(parseHeader);
  return { bytes: body, trailers, end: end + 4 };
}
