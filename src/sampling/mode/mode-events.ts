import { INFO, WARN } from '../../record/severity.ts';
import type { EventContent } from '../events/event-record.ts';
import type { ModeChange, ModeReason } from './mode.ts';

/** Why `errors` mode began, for people. */
const REASONS: Readonly<Record<ModeReason, string>> = {
  starved: 'most normal records are beyond the rate',
  backlog: 'the memory limit is nearly reached',
  losing: 'records are being lost',
};

/**
 * `access_log.degraded` where `errors` mode begins, `access_log.recovered` where it ends.
 *
 * @param topKeys the keys of which most was suppressed, most first
 */
export function modeEvent(change: ModeChange, topKeys: readonly string[]): EventContent {
  const { mode, reason, durationMs } = change;
  const isDegraded = mode === 'errors';
  const event = isDegraded ? 'degraded' : 'recovered';
  const { number, text } = isDegraded ? WARN : INFO;
  return {
    eventName: `access_log.${event}`,
    severityNumber: number,
    severityText: text,
    body: modeText(change),
    attributes: {
      'access_log.event': event,
      'access_log.mode': mode,
      'access_log.reason': reason,
      ...(isDegraded ? {} : { 'access_log.degraded_for': durationMs / 1000 }),
      ...(topKeys.length === 0 ? {} : { 'access_log.top_keys': [...topKeys] }),
    },
  };
}

/** One line for the operator. */
export function modeText({ mode, reason, durationMs }: ModeChange): string {
  return mode === 'errors'
    ? `degraded: ${REASONS[reason]}; only errors, slow exchanges and a few normal records are written`
    : `recovered after ${Math.round(durationMs / 1000)} s: all records within the rate are written again`;
}
