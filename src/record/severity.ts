import type { Exchange } from '../http/exchange.ts';
import type { PathMatcher } from '../options/path/path-rules.ts';
import { isServerError, rpcStatusOf } from './grpc-status.ts';
import { judgedPathOf } from './reading/target.ts';
import type { ExchangeKey } from './receipt/exchange-key.ts';

/** Severity of a log record (OpenTelemetry logs data model, Severity Fields). */
export interface Severity {
  readonly number: number;
  readonly text: string;
}

export const DEBUG: Severity = { number: 5, text: 'DEBUG' };
export const INFO: Severity = { number: 9, text: 'INFO' };
export const WARN: Severity = { number: 13, text: 'WARN' };
const ERROR: Severity = { number: 17, text: 'ERROR' };
const FATAL: Severity = { number: 21, text: 'FATAL' };

/**
 * The rule what an error is: 5xx, timeout, crashed, or a gRPC status that is an error of the server.
 *
 * @param rpcStatus value of `rpc.status_code`
 */
export function isError(
  { statusCode, outcome }: Pick<ExchangeKey, 'statusCode' | 'outcome'>,
  rpcStatus: string | undefined,
): boolean {
  if (statusCode !== undefined && statusCode >= 500) return true;
  return outcome === 'timeout' || outcome === 'crashed' || isServerError(rpcStatus);
}

/** The options that decide whether an exchange is slow, compiled. */
export interface SlowRules {
  readonly slowMs: number;
  readonly isLongPoll: PathMatcher | undefined;
}

/**
 * Whether the response head took longer than `slowMs` milliseconds; where no head was sent, the whole exchange. A long
 * stream or socket is not slow, and neither is a long poll: it holds the head back until there is something to send.
 */
export function isSlow(exchange: Exchange, { slowMs, isLongPoll }: SlowRules): boolean {
  if ((exchange.timeToHeadersMs ?? exchange.durationMs) <= slowMs) return false;
  const { method, target } = exchange;
  return isLongPoll === undefined || !isLongPoll(method, judgedPathOf(method, target));
}

/**
 * FATAL crashed; ERROR for every other {@link isError}; WARN 4xx, slow, aborted and rejected; else INFO. DEBUG for noise is left to the
 * caller, because only INFO becomes DEBUG and only then the path is needed.
 */
export function severityOf(exchange: Exchange, rules: SlowRules): Severity {
  const { outcome, statusCode } = exchange;
  if (outcome === 'crashed') return FATAL;
  if (isError(exchange, rpcStatusOf(exchange.grpcStatus))) return ERROR;
  if (outcome === 'aborted' || outcome === 'rejected') return WARN;
  if (statusCode !== undefined && statusCode >= 400) return WARN;
  return isSlow(exchange, rules) ? WARN : INFO;
}
