import type { Exchange } from '../http/exchange.ts';
import type { ResolvedOptions } from '../options/schema.ts';
import { isServerError, rpcStatusOf } from './grpc-status.ts';
import { isSlow, type SlowRules } from './severity.ts';

/** Compiles the option `detailWhen`: whether an exchange ended so badly that its record tells more. */
export function compileBadEnding(
  endings: ResolvedOptions['detailWhen'],
  rules: SlowRules,
): (exchange: Exchange) => boolean {
  const wanted = new Set<string>(endings);
  return (exchange) => {
    const { outcome, statusCode = 0, grpcStatus } = exchange;
    if (wanted.has(outcome)) return true;
    if (statusCode >= 500) return wanted.has('5xx');
    if (wanted.has('5xx') && isServerError(rpcStatusOf(grpcStatus))) return true;
    if (statusCode >= 400 && wanted.has('4xx')) return true;
    return wanted.has('slow') && isSlow(exchange, rules);
  };
}
