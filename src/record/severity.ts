import type { Exchange } from '../http/exchange.ts';

/** Severity of a log record: number and text belong together (OpenTelemetry logs data model, Severity Fields). */
export interface Severity {
  readonly number: number;
  readonly text: string;
}

export const DEBUG: Severity = { number: 5, text: 'DEBUG' };
export const INFO: Severity = { number: 9, text: 'INFO' };
export const WARN: Severity = { number: 13, text: 'WARN' };
const ERROR: Severity = { number: 17, text: 'ERROR' };
const FATAL: Severity = { number: 21, text: 'FATAL' };

/** 5xx, timeout or crashed. */
export function isError({ statusCode, outcome }: Exchange): boolean {
  return (statusCode !== undefined && statusCode >= 500) || outcome === 'timeout' || outcome === 'crashed';
}

/**
 * Whether the head took longer than `slowMs` milliseconds; where no head was sent, the whole exchange. A long stream
 * or socket is not slow.
 */
export function isSlow({ timeToHeadersMs, durationMs }: Exchange, slowMs: number): boolean {
  return (timeToHeadersMs ?? durationMs) > slowMs;
}

/**
 * FATAL crashed; ERROR 5xx and timeout; WARN 4xx, slow, and what ended before its response was whole; else INFO.
 * Noise makes DEBUG of INFO, of nothing else; that is the caller's, who asks for the path only then.
 */
export function severityOf(exchange: Exchange, slowMs: number): Severity {
  const { outcome, statusCode } = exchange;
  if (outcome === 'crashed') return FATAL;
  if (isError(exchange)) return ERROR;
  if (outcome === 'aborted' || outcome === 'rejected') return WARN;
  if (statusCode !== undefined && statusCode >= 400) return WARN;
  return isSlow(exchange, slowMs) ? WARN : INFO;
}
