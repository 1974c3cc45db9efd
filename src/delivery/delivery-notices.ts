import type { OtelEnvironment } from '../options/options.ts';
import type { Notices } from '../telemetry/notices.ts';
import type { DeliveryDependencies } from './start-delivery.ts';

/** Writes the events of delivery as notices on standard error. */
export function deliveryNotices(
  notices: Notices,
  { otlp }: OtelEnvironment,
): Omit<DeliveryDependencies, 'onLost' | 'onError'> {
  const receiver = `${otlp.endpoint} (${otlp.protocol})`;
  return {
    onFailure: (message, exchanges) =>
      notices.lost('delivery', exchanges, `cannot deliver to ${receiver}: ${message}`),
    onWaiting: (message) =>
      notices.warn('delivery.waiting', `cannot deliver to ${receiver} now, and tries again: ${message}`),
    onWarning: (message) => notices.warn('delivery.warning', `${receiver} says: ${message}`),
    onTrouble: (message) => notices.warn('delivery.spool', message),
    warn: (message) => notices.warn('delivery.files', message),
    info: (message) => notices.info('delivery.files', message),
  };
}
