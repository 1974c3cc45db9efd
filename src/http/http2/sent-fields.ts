import type { FieldsByName } from './node-internals.ts';

/** Value of a field, whatever the case in which the application wrote its name: on the wire it is lower. */
function fieldOf(fields: FieldsByName | undefined, name: string): unknown {
  if (fields === undefined) return undefined;
  const value = fields[name];
  if (value !== undefined) return value;
  for (const key of Object.keys(fields)) if (key.toLowerCase() === name) return fields[key];
  return undefined;
}

/** Value of a field as a text. */
export function textOf(fields: FieldsByName | undefined, name: string): string | undefined {
  const value = fieldOf(fields, name);
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : undefined;
}

/** Value of a field as a whole number. */
export function integerOf(fields: FieldsByName | undefined, name: string): number | undefined {
  const text = textOf(fields, name);
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** Media types of bodies that have no end: their client ends them. See the same of HTTP/1, `response-end.ts`. */
const ENDLESS = /^(?:text\/event-stream|multipart\/x-mixed-replace)\s*(?:;|$)/i;

/** Whether a response with this head goes on until its client closes the stream. */
export function isEndless(head: FieldsByName | undefined): boolean {
  const type = textOf(head, 'content-type');
  return type !== undefined && ENDLESS.test(type) && fieldOf(head, 'content-length') === undefined;
}

/**
 * The status of a gRPC response, from its trailers, or from the head of one that has nothing else
 * (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, Responses). `undefined` where it is no gRPC response.
 */
export function grpcStatusOf(
  head: FieldsByName | undefined,
  trailers: FieldsByName | undefined,
): number | undefined {
  if (textOf(head, 'content-type')?.startsWith('application/grpc') !== true) return undefined;
  return integerOf(trailers, 'grpc-status') ?? integerOf(head, 'grpc-status');
}
