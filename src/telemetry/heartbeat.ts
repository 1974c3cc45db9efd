import { randomUUID } from 'node:crypto';
import type { Totals } from './totals.ts';

/**
 * Identifies this process among others of the same `service.instance.id`: cluster workers, restarts of a Kubernetes
 * container.
 */
export const PROCESS_ID: string = randomUUID();

const NAMES = ['served', 'ignored', 'suppressed', 'kept', 'delivered', 'lost', 'pending', 'adopted'] as const;

/** Written where there are any. */
const DROPPED = ['connections', 'requests', 'fields'] as const;

/** The attributes of `access_log.heartbeat`. @param isFinal whether it is the last event of the process */
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
  for (const name of DROPPED) {
    const count = totals.dropped?.[name] ?? 0;
    if (count > 0) attributes[`access_log.total.dropped_${name}`] = count;
  }
  attributes['access_log.process_id'] = processId;
  if (isFinal) {
    attributes['access_log.final'] = true;
  }
  return attributes;
}

/** The body: `heartbeat: served 7, ignored 1, suppressed 2, kept 4`. */
export function heartbeatBody(totals: Totals): string {
  const parts = NAMES.filter((name) => totals[name] !== undefined).map((name) => `${name} ${totals[name]}`);
  return `heartbeat: ${parts.join(', ')}`;
}
