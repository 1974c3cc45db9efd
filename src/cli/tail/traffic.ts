import { isError } from '../../record/severity.ts';
import { integerOf, textOf } from '../../render/format.ts';
import type { ReceivedRecord } from '../receiver/otlp-record.ts';

/** Seconds that requests per second and the share of errors are taken from. */
const WINDOW_SECONDS = 10;

/** What the receiver has seen, as the bottom line shows it. */
export interface Summary {
  /** Over the last 10 s. */
  readonly requestsPerSecond: number;
  /** 0 to 1, over the last 10 s; `undefined` without a request in them. */
  readonly errorShare: number | undefined;
  /** Since the start, all four. */
  readonly requests: number;
  readonly errors: number;
  readonly suppressed: number;
  readonly lost: number;
}

interface Second {
  at: number;
  requests: number;
  errors: number;
}

/** Counts exchanges, errors (5xx, timeout, crashed, gRPC errors of the server), and what services report as suppressed or lost. */
export class Traffic {
  readonly #seconds: Second[] = Array.from({ length: WINDOW_SECONDS + 1 }, () => ({
    at: -1,
    requests: 0,
    errors: 0,
  }));
  readonly #startedMs: number;
  readonly #totals = { requests: 0, errors: 0, suppressed: 0, lost: 0 };

  /** @param nowMs a clock that does not step, here and below */
  constructor(nowMs: number) {
    this.#startedMs = nowMs;
  }

  add({ attributes }: ReceivedRecord, nowMs: number): void {
    const outcome = textOf(attributes['access_log.outcome']);
    if (outcome === undefined) {
      const event = attributes['access_log.event'];
      if (event === 'suppressed' || event === 'lost') {
        this.#totals[event] += countOf(attributes['access_log.count']);
      }
      return;
    }
    this.#totals.suppressed += countOf(attributes['access_log.suppressed_before']);
    this.#totals.requests++;
    const second = this.#second(Math.floor(nowMs / 1000));
    second.requests++;
    const statusCode = integerOf(attributes['http.response.status_code']);
    if (isError({ statusCode, outcome }, textOf(attributes['rpc.status_code']))) {
      this.#totals.errors++;
      second.errors++;
    }
  }

  summary(nowMs: number): Summary {
    const now = Math.floor(nowMs / 1000);
    let requests = 0;
    let errors = 0;
    // The second that is still running would pull the rate down.
    for (const second of this.#seconds) {
      if (second.at < now - WINDOW_SECONDS || second.at >= now) continue;
      requests += second.requests;
      errors += second.errors;
    }
    const whole = now - Math.floor(this.#startedMs / 1000);
    return {
      requestsPerSecond: requests / Math.min(WINDOW_SECONDS, Math.max(1, whole)),
      errorShare: requests === 0 ? undefined : errors / requests,
      ...this.#totals,
    };
  }

  #second(at: number): Second {
    const index = at % this.#seconds.length;
    const second = this.#seconds[index];
    if (second?.at === at) return second;
    const fresh = { at, requests: 0, errors: 0 };
    this.#seconds[index] = fresh;
    return fresh;
  }
}

function countOf(value: unknown): number {
  const count = integerOf(value);
  return count !== undefined && count > 0 ? count : 0;
}
