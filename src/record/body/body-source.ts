import type { RecordFields } from '../record-fields.ts';

/** The fields that a body is made of. */
export type BodySource = Readonly<Omit<RecordFields, 'body'>>;

/** The method as received, where it is not a known one. */
export function methodOf({ method, methodOriginal }: BodySource): string {
  return methodOriginal ?? method;
}

/** The path; what a tunnel was asked for, where there is none; `undefined` where neither is known. */
export function pathOf({ path, method, outcome, serverAddress, serverPort }: BodySource): string | undefined {
  if (path !== '') return path;
  // What was rejected shows no target: the server's address is our own then.
  if (method !== 'CONNECT' || outcome === 'rejected' || serverAddress === undefined) return undefined;
  const host = serverAddress.includes(':') ? `[${serverAddress}]` : serverAddress;
  return `${host}:${serverPort ?? '-'}`;
}
