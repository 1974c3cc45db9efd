import type { SpanContext } from '@opentelemetry/api';
import type { RulesRefusal } from '../../options/rules/watched-rules.ts';
import {
  ERROR_TYPE,
  HTTP_REQUEST_METHOD,
  HTTP_ROUTE,
  OMITTED_BEFORE,
} from '../../record/attributes/attribute-names.ts';
import type { OpenExchangeDescription } from '../../record/open-exchange.ts';
import { OTHER } from '../../record/receipt/exchange-key.ts';
import { INFO, WARN } from '../../record/severity.ts';
import { type HeartbeatState, heartbeatAttributes, heartbeatBody } from '../../telemetry/heartbeat.ts';
import { type RulesStatus, rulesAttributes } from '../../telemetry/rules-status.ts';
import type { LedgerEntry } from '../ledger.ts';
import type { EventContent } from './event-record.ts';

/** Why records were suppressed, or the mode changed. */
const REASON = 'access_log.reason';

const RULES_EVENT = 'access_log.rules';

/** `access_log.suppressed`: how many records of one key the rate limit suppressed in one window. */
export function suppressedEvent(entry: LedgerEntry): EventContent {
  return ledgerEvent('suppressed', entry);
}

/** `access_log.lost`: how many kept records of one key were lost for one reason in one window. */
export function lostEvent(entry: LedgerEntry): EventContent {
  return ledgerEvent('lost', entry);
}

/** `access_log.heartbeat`: the totals since the process started, the mode, and the rules in force. */
export function heartbeatEvent(state: HeartbeatState): EventContent {
  return {
    eventName: 'access_log.heartbeat',
    severityNumber: INFO.number,
    severityText: INFO.text,
    body: heartbeatBody(state.totals),
    attributes: heartbeatAttributes(state),
  };
}

/**
 * `access_log.started` and `access_log.progress`: an exchange that has been open for long, as far as it has come.
 *
 * @param omittedBefore events of long exchanges that were left out since the last one
 */
export function longExchangeEvent(
  milestone: 'started' | 'progress',
  { severity, line, attributes }: OpenExchangeDescription,
  spanContext: SpanContext | undefined,
  omittedBefore: number,
): EventContent {
  return {
    eventName: `access_log.${milestone}`,
    severityNumber: severity.number,
    severityText: severity.text,
    body: `${milestone} ${line}`,
    attributes: {
      'access_log.event': milestone,
      ...attributes,
      ...(omittedBefore === 0 ? {} : { [OMITTED_BEFORE]: omittedBefore }),
    },
    spanContext,
  };
}

/** `access_log.rules`: rules, a key or settings have come into force. */
export function rulesLoadedEvent(status: RulesStatus): EventContent {
  const runtime = status.runtime.length === 0 ? '' : `, with ${status.runtime.join(', ')}`;
  return {
    eventName: RULES_EVENT,
    severityNumber: INFO.number,
    severityText: INFO.text,
    body: `${inForce(status)}${runtime}`,
    attributes: { 'access_log.event': 'rules', ...rulesAttributes(status) },
  };
}

/** `access_log.rules`: a file cannot be used, and the rules in force stay. */
export function rulesRefusedEvent({ errorType, problem }: RulesRefusal, status: RulesStatus): EventContent {
  return {
    eventName: RULES_EVENT,
    severityNumber: WARN.number,
    severityText: WARN.text,
    body: `${problem}; ${inForce(status)}`,
    attributes: {
      'access_log.event': 'rules',
      ...rulesAttributes(status),
      'access_log.rules.problem': problem,
      [ERROR_TYPE]: errorType,
    },
  };
}

/** `in force: rules 0a1b2c3d, key 12ab` */
export function inForce({ hash, keyId }: RulesStatus): string {
  const names = [
    ...(hash === undefined ? [] : [`rules ${hash}`]),
    ...(keyId === undefined ? [] : [`key ${keyId}`]),
  ];
  return `in force: ${names.join(', ')}`;
}

function ledgerEvent(event: 'suppressed' | 'lost', entry: LedgerEntry): EventContent {
  const { route, method, statusClass, cause, count, windowStart } = entry;
  const name = route === OTHER ? 'all other keys' : (route ?? method);
  const subject = statusClass === OTHER ? name : `${name} ${statusClass}`;
  const reason = cause === undefined || event === 'suppressed' ? '' : `: ${cause}`;
  return {
    eventName: `access_log.${event}`,
    severityNumber: WARN.number,
    severityText: WARN.text,
    body: `${event} ${count} ${count === 1 ? 'record' : 'records'} of ${subject}${reason}`,
    attributes: {
      'access_log.event': event,
      ...(route === undefined ? { [HTTP_REQUEST_METHOD]: method } : { [HTTP_ROUTE]: route }),
      'access_log.status_class': statusClass,
      'access_log.count': count,
      'access_log.window_start': windowStart,
      ...(cause === undefined ? {} : { [event === 'lost' ? ERROR_TYPE : REASON]: cause }),
    },
  };
}
