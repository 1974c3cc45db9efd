import type { Exchange } from './exchange.ts';
import type { ObservedRequest } from './node-internals.ts';

/** How many headers Node puts into `headers` where `server.maxHeadersCount` sets no limit of its own. */
const DEFAULT_MAX_HEADERS = 1000;

/** Header names by their length, so that most names of a request are ruled out by one comparison. */
export type NamesByLength = readonly (readonly string[] | undefined)[];

/** @param names in lower case */
export function compileNames(names: readonly string[]): NamesByLength {
  const byLength: string[][] = [];
  for (const name of names) {
    const ofLength = byLength[name.length];
    if (ofLength === undefined) byLength[name.length] = [name];
    else ofLength.push(name);
  }
  return byLength;
}

/**
 * The few headers of a request that an exchange needs, with the values that `request.headers` has. They are read from
 * `rawHeaders`: the getter of `headers` makes an object of all headers at the first access, which takes 1 µs for
 * thirteen of them, and many applications never read it. Where a header is repeated, or there are more than Node keeps,
 * Node's rules decide, so the getter is read after all.
 */
export class RequestHeaders {
  host: string | undefined = undefined;
  userAgent: string | undefined = undefined;
  traceparent: string | undefined = undefined;
  contentLength: string | undefined = undefined;
  hasTransferEncoding = false;
  /** Values of the headers that were asked for, by lower-case name; absent ones are left out. */
  get picked(): Exchange['requestHeaders'] {
    return this.#values;
  }

  #values: Record<string, string | readonly string[]> | undefined = undefined;

  /** @param maxHeaders `server.maxHeadersCount`; `null` or 0 where it is not set */
  constructor(request: ObservedRequest, wanted: NamesByLength, maxHeaders: number | null) {
    const { rawHeaders } = request;
    // Names and values.
    const isComplete = rawHeaders.length <= 2 * (maxHeaders || DEFAULT_MAX_HEADERS);
    if (!isComplete || !this.#readRaw(rawHeaders, wanted)) this.#readAll(request.headers, wanted);
  }

  /** @returns false where the raw headers are not enough */
  #readRaw(raw: readonly string[], wanted: NamesByLength): boolean {
    for (let at = 0; at + 1 < raw.length; at += 2) {
      const name = raw[at] ?? '';
      const value = raw[at + 1] ?? '';
      const length = name.length;
      switch (length) {
        case 4:
          if (!isHeader(name, 'host')) break;
          if (this.host !== undefined) return false;
          this.host = value;
          break;
        case 10:
          if (!isHeader(name, 'user-agent')) break;
          if (this.userAgent !== undefined) return false;
          this.userAgent = value;
          break;
        case 11:
          if (!isHeader(name, 'traceparent')) break;
          if (this.traceparent !== undefined) return false;
          this.traceparent = value;
          break;
        case 14:
          if (!isHeader(name, 'content-length')) break;
          if (this.contentLength !== undefined) return false;
          this.contentLength = value;
          break;
        case 17:
          if (isHeader(name, 'transfer-encoding')) this.hasTransferEncoding = true;
          break;
      }
      const ofLength = wanted[length];
      if (ofLength === undefined) continue;
      for (const header of ofLength) {
        if (!isHeader(name, header)) continue;
        if (this.#values !== undefined && header in this.#values) return false;
        this.#pick(header, header === SET_COOKIE ? [value] : value);
      }
    }
    return true;
  }

  #readAll(headers: ObservedRequest['headers'], wanted: NamesByLength): void {
    const { host, traceparent } = headers;
    this.host = host;
    this.userAgent = headers['user-agent'];
    this.traceparent = typeof traceparent === 'string' ? traceparent : undefined;
    this.contentLength = headers['content-length'];
    this.hasTransferEncoding = headers['transfer-encoding'] !== undefined;
    this.#values = undefined;
    for (const names of wanted) {
      for (const name of names ?? []) {
        // Not by `undefined`: a name such as `constructor` finds something else on a plain object.
        const value: unknown = headers[name];
        if (typeof value === 'string' || Array.isArray(value)) this.#pick(name, value);
      }
    }
  }

  #pick(name: string, value: string | readonly string[]): void {
    this.#values ??= Object.create(NO_PROPERTIES) as Record<string, string | readonly string[]>;
    this.#values[name] = value;
  }
}

/**
 * The prototype of picked headers: a name such as `constructor` is absent unless it was received. V8 reads an object
 * that has this prototype faster than one that has none, which is a hash table.
 */
const NO_PROPERTIES: object = Object.create(null);

/** Node makes a list of it even where there is one. */
const SET_COOKIE = 'set-cookie';

/** Whether a field name as received, of the same length, is the one in lower case (RFC 9110 section 5.1). */
function isHeader(received: string, name: string): boolean {
  for (let at = 0; at < name.length; at++) {
    const code = received.charCodeAt(at);
    const expected = name.charCodeAt(at);
    if (code === expected) continue;
    // An upper-case letter is 32 below its lower-case one.
    if (code < 0x41 || code > 0x5a || code + 32 !== expected) return false;
  }
  return true;
}
