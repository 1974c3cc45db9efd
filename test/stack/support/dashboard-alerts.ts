// Heartbeats for which an alert fires, as its panel shows it.
import type { HeartbeatOptions } from './dashboard-traffic.ts';

interface AlertedHeartbeats extends HeartbeatOptions {
  readonly alert: string;
  readonly totals: readonly Readonly<Record<string, number>>[];
  /** What the alert sees. */
  readonly value: number;
}

const NOTHING = { served: 9, ignored: 0, suppressed: 0, kept: 9, delivered: 9, lost: 0, pending: 0 };

export const ALERTED: readonly AlertedHeartbeats[] = [
  {
    alert: 'AccessLogSuppressed',
    totals: [NOTHING, { ...NOTHING, served: 109, suppressed: 40, kept: 69 }],
    minutesAgo: [3, 1],
    value: 0.4,
  },
  {
    alert: 'AccessLogDegraded',
    totals: [NOTHING],
    minutesAgo: [1],
    attributes: { mode: 'errors' },
    value: 1,
  },
  { alert: 'AccessLogSilent', totals: [NOTHING, NOTHING, NOTHING], minutesAgo: [50, 40, 30], value: 3 },
  { alert: 'AccessLogProcessDied', totals: [NOTHING], minutesAgo: [10], value: 1 },
  {
    alert: 'AccessLogGap',
    totals: [NOTHING, { ...NOTHING, kept: 60, lost: 5, pending: 4 }],
    minutesAgo: [12, 3],
    value: 42,
  },
];
