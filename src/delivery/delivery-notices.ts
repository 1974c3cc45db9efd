import type { OtelEnvironment } from '../options/options.ts';
import type { Reporter } from '../telemetry/notices.ts';
import type { DeliveryReporter } from './start-delivery.ts';

/** What delivery says in words, through our own notices. */
export function deliveryNotices(
  reporter: Reporter,
  { otlp }: OtelEnvironment,
): Omit<DeliveryReporter, 'onLost' | 'onError'> {
  const receiver = `${otlp.endpoint} (${otlp.protocol})`;
  return {
    onFailure: (message, exchanges) =>
      reporter.lost('delivery', exchanges, `cannot deliver to ${receiver}: ${message}`),
    onWaiting: (message) =>
      reporter.warn('delivery.waiting', `cannot deliver to ${receiver} now, and tries again: ${message}`),
    onWarning: (message) => reporter.warn('delivery.warning', `${receiver} says: ${message}`),
    warn: (message) => reporter.warn('delivery.files', message),
    info: (message) => reporter.info('delivery.files', message),
  };
}
