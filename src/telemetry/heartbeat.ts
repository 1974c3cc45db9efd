import { randomUUID } from 'node:crypto';

/** Exchanges since the process started: served = ignored + suppressed + kept. */
export interface SamplingTotals {
  readonly served: number;
  readonly ignored: number;
  readonly suppressed: number;
  readonly kept: number;
}

/** What became of the kept ones: kept = delivered + lost + pending. */
export interface DeliveryTotals {
  readonly delivered: number;
  readonly lost: number;
  readonly pending: number;
}

/** Delivery is known in the package's own pipeline only. */
export type Totals = SamplingTotals & Partial<DeliveryTotals>;

/** Tells processes apart that share a `service.instance.id`: cluster workers, restarts of a Kubernetes container. */
export const PROCESS_ID: string = randomUUID();

const NAMES = ['served', 'ignored', 'suppressed', 'kept', 'delivered', 'lost', 'pending'] as const;

/** The attributes of `access_log.heartbeat`. `isFinal`: the process has no more to say after it. */
export function heartbeatAttributes(
  totals: Totals,
  processId: string,
  isFinal: boolean,
): Record<string, string | number | boolean> {
  const attributes: Record<string, string | number | boolean> = { 'access_log.event': 'heartbeat' };
  for (const name of NAMES) {
    const total = totals[name];
    if (total !== undefined) {
      attributes[`access_log.total.${name}`] = total;
    }
  }
  attributes['access_log.process_id'] = processId;
  if (isFinal) {
    attributes['access_log.final'] = true;
  }
  return attributes;
}

/** The line for people: `heartbeat: served 7, ignored 1, suppressed 2, kept 4`. */
export function heartbeatBody(totals: Totals): string {
  const parts = NAMES.filter((name) => totals[name] !== undefined).map((name) => `${name} ${totals[name]}`);
  return `heartbeat: ${parts.join(', ')}`;
}
