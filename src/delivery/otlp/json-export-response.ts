import type { ExportResponse } from './export-response.ts';

/**
 * An answer in OTLP/JSON, also of a receiver that was sent protobuf: by its `Content-Type`, or by its first character.
 * (No message that answers an export begins with that byte in protobuf: it would be the tag of a group.)
 */
export function isJson(contentType: string, body: Uint8Array): boolean {
  return /\bjson\b/i.test(contentType) || body.find((byte) => !JSON_SPACES.has(byte)) === OPENING_BRACE;
}

const OPENING_BRACE = 0x7b;
/** RFC 8259 section 2. */
const JSON_SPACES = new Set([0x20, 0x09, 0x0a, 0x0d]);

/** As {@link decodeExportResponse}, of an answer in JSON. */
export function parseExportResponse(body: Uint8Array): ExportResponse {
  const text = textOf(body);
  const response = parsed(text);
  // Of one that is cut off there is what came of it, as of protobuf.
  if (response === undefined) return { rejected: rejectedOf(REJECTED.exec(text)?.[1]), message: '' };
  const partial = member(response, 'partialSuccess');
  const message = member(partial, 'errorMessage');
  return {
    rejected: rejectedOf(member(partial, 'rejectedLogRecords')),
    message: typeof message === 'string' ? message : '',
  };
}

/** As {@link isExportResponse}, of an answer in JSON; in snake case too, as some receivers write it. */
export function isJsonExportResponse(body: Uint8Array): boolean {
  const text = textOf(body);
  const response = parsed(text);
  // One that is cut off.
  if (response === undefined) return /^\s*\{\s*"partial(?:S|_s)uccess"/.test(text);
  if (typeof response !== 'object' || response === null || Array.isArray(response)) return false;
  return Object.keys(response).every((name) => name === 'partialSuccess' || name === 'partial_success');
}

/** The message of a google.rpc.Status in JSON; the text itself where it is something else. */
export function parseStatusMessage(body: Uint8Array): string {
  const text = textOf(body);
  const message = member(parsed(text), 'message');
  return typeof message === 'string' ? message : text.trim();
}

const REJECTED = /"rejectedLogRecords"\s*:\s*"?(\d{1,19})/;

/** An integer of 64 bits is a text in protobuf's JSON mapping; some receivers write a number. */
function rejectedOf(value: unknown): number {
  const rejected = typeof value === 'string' || typeof value === 'number' ? Number(value) : 0;
  return Number.isFinite(rejected) && rejected > 0 ? Math.trunc(rejected) : 0;
}

function textOf(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
