import type { Exchange } from './exchange.ts';
import type { ObservedRequest } from './node-internals.ts';

/** Beyond so many names and values Node may have left some out of `headers` (`server.maxHeadersCount`). */
const MAX_RAW_LENGTH = 256;

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
 * thirteen of them, and many an application never asks for it. Where a header is repeated Node's rules for that
 * decide, so then the getter is asked.
 */
export class RequestHeaders {
  host: string | undefined = undefined;
  userAgent: string | undefined = undefined;
  traceparent: string | undefined = undefined;
  contentLength: string | undefined = undefined;
  hasTransferEncoding = false;
  /** Values of the headers that were asked for, by lower-case name; absent ones are left out. */
  picked: Exchange['requestHeaders'] = undefined;

  constructor(request: ObservedRequest, wanted: NamesByLength) {
    if (!this.#readRaw(request.rawHeaders, wanted)) this.#readAll(request.headers, wanted);
  }

  /** @returns false where the raw headers are not enough */
  #readRaw(raw: readonly string[], wanted: NamesByLength): boolean {
    if (raw.length > MAX_RAW_LENGTH) return false;
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
        if (this.picked !== undefined && header in this.picked) return false;
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
    this.picked = undefined;
    for (const names of wanted) {
      for (const name of names ?? []) {
        // Not by `undefined`: a name such as `constructor` finds something else on a plain object.
        const value: unknown = headers[name];
        if (typeof value === 'string' || Array.isArray(value)) this.#pick(name, value);
      }
    }
  }

  #pick(name: string, value: string | readonly string[]): void {
    this.picked ??= new PickedHeaders();
    (this.picked as Record<string, string | readonly string[]>)[name] = value;
  }
}

/**
 * Inherits nothing, so that a name such as `constructor` is absent unless it was received. An object without a
 * prototype would do the same as a hash table, which V8 reads more slowly.
 */
const PickedHeaders = function PickedHeaders() {} as unknown as new () => NonNullable<
  Exchange['requestHeaders']
>;
PickedHeaders.prototype = Object.create(null);

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
