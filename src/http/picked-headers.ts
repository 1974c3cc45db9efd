import type { Exchange } from './exchange.ts';
import type { ObservedRequest } from './observed-request.ts';

/** Names of request headers, in lower case. */
interface HeaderNames {
  readonly requestHeaderNames: readonly string[];
  readonly identityHeaderNames?: readonly string[] | undefined;
}

/** Keeps the headers that the options ask for with an exchange. */
export function keepHeaders(
  exchange: ObservedRequest,
  { requestHeaderNames, identityHeaderNames }: HeaderNames,
  headers: Readonly<Record<string, unknown>>,
): void {
  if (requestHeaderNames.length > 0) exchange.requestHeaders = pickHeaders(requestHeaderNames, headers);
  if (identityHeaderNames !== undefined && identityHeaderNames.length > 0)
    exchange.keepIdentityHeaders(pickHeaders(identityHeaderNames, headers));
}

/** The named headers as they are now, before the application can change them. */
export function pickHeaders(
  names: readonly string[],
  headers: Readonly<Record<string, unknown>>,
): Exchange['requestHeaders'] {
  let picked: Record<string, string | readonly string[]> | undefined;
  for (const name of names) {
    // Not by `undefined`: a name such as `constructor` finds something else on a plain object.
    const value: unknown = headers[name];
    if (typeof value !== 'string' && !Array.isArray(value)) continue;
    picked ??= Object.create(null) as Record<string, string | readonly string[]>;
    picked[name] = value;
  }
  return picked;
}
