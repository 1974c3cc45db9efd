import { randomUUID } from 'node:crypto';
import { type RulesReport, rulesReportAttributes } from './rules-status.ts';
import type { Totals } from './totals.ts';

/**
 * Identifies this process among others of the same `service.instance.id`: cluster workers, restarts of a Kubernetes
 * container.
 */
export const PROCESS_ID: string = randomUUID();

const NAMES = ['served', 'ignored', 'suppressed', 'kept', 'delivered', 'lost', 'pending', 'adopted'] as const;

/** Written where there are any. */
const DROPPED = ['connections', 'requests', 'fields'] as const;

/** What a heartbeat tells. */
export interface HeartbeatState {
  readonly totals: Totals;
  /** `normal`, `errors`, or `shadow`. */
  readonly mode: string;
  readonly processId: string;
  /** Whether it is the last event of the process. */
  readonly isFinal: boolean;
  /** Which rules are in force; `undefined` where the options name no files of rules. */
  readonly rules: RulesReport | undefined;
}

/** The attributes of `access_log.heartbeat`. */
export function heartbeatAttributes({
  totals,
  mode,
  processId,
  isFinal,
  rules,
}: HeartbeatState): Record<string, string | number | boolean | string[]> {
  const attributes: Record<string, string | number | boolean | string[]> = {
    'access_log.event': 'heartbeat',
  };
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
  const { masking } = totals;
  if (masking !== undefined && masking.failed > 0) {
    attributes['access_log.total.masking_failed'] = masking.failed;
  }
  if (masking !== undefined && masking.notScanned > 0) {
    attributes['access_log.total.not_scanned'] = masking.notScanned;
  }
  if (totals.shadow !== undefined) {
    attributes['access_log.shadow.kept'] = totals.shadow.kept;
    attributes['access_log.shadow.suppressed'] = totals.shadow.suppressed;
    attributes['access_log.shadow.bytes'] = totals.shadow.bytes;
  }
  attributes['access_log.mode'] = mode;
  if (rules !== undefined) Object.assign(attributes, rulesReportAttributes(rules));
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
