import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { OtlpTarget } from '../../../options/explain.ts';
import { shownHost } from '../../../options/otlp/host-and-port.ts';
import { explainFailure } from '../explain/explain-failure.ts';
import type { Progress } from '../progress.ts';
import type { DeliveryReport, Finding } from '../report.ts';
import { tryConnection } from './connection.ts';
import type { Failure } from './failure.ts';
import { sendRecord } from './send-record.ts';

/** Reasons that a suspicion explains better. */
const VAGUE = ['broken_off', 'unavailable', 'timeout', 'grpc'];

/**
 * Sends one record to the configured endpoint. Nothing is sent where that cannot work (no connection, no TLS, another
 * protocol): a failed export would have a less precise reason.
 *
 * @param timeoutMs for all of it
 */
export async function deliver(
  target: OtlpTarget,
  which: DeliveryReport['record'],
  record: ReadableLogRecord,
  timeoutMs: number,
  progress: Progress,
): Promise<DeliveryReport> {
  const { protocol, endpoint } = target;
  const start = performance.now();
  const steps: DeliveryReport['steps'][number][] = [];
  const report = (findings: readonly Finding[]): DeliveryReport => ({
    protocol,
    endpoint,
    record: which,
    arrived: steps.some(({ name, ok }) => name === 'send' && ok),
    steps,
    findings,
  });
  const explain = (failure: Failure, waitedMs: number): Finding =>
    explainFailure(failure, { ...target, timeoutMs: waitedMs });

  progress.step(`connecting to ${shownHost(endpoint)}`);
  const { steps: connected, failure: unconnected, suspicion } = await tryConnection(target, timeoutMs);
  steps.push(...connected.map((step) => ({ ...step, ok: true })));
  if (unconnected !== undefined) return report([explain(unconnected, timeoutMs)]);

  progress.step(`sending one record to ${shownHost(endpoint)}`);
  const left = Math.max(1000, timeoutMs - (performance.now() - start));
  const { failure, warning, ms } = await sendRecord(record, left);
  if (failure !== undefined) {
    steps.push({ name: 'send', ok: false, told: 'the record was not taken' });
    const finding = explain(failure, ms);
    const isVague = VAGUE.includes(finding.reason);
    return report([isVague && suspicion !== undefined ? explain(suspicion, ms) : finding]);
  }
  steps.push({ name: 'send', ok: true, told: `the record was taken, after ${ms.toFixed(0)} ms` });
  if (warning === undefined) return report([]);
  const what = `The receiver took the record and has something to say: ${warning}`;
  return report([{ level: 'warning', reason: 'partial_success', what, advice: [] }]);
}
