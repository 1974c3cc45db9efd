import type { Snapshot, TimelineView } from '../snapshot.ts';
import { settings } from './embedded.ts';
import { count, percent, rate, seconds, size } from './numbers.ts';

/** Seconds that the rate of now is taken from. */
const NOW_SECONDS = 10;

interface Tile {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly note?: string;
  readonly tone?: 'bad' | 'warn' | 'good' | undefined;
}

/** The numbers that a person looks at first. */
export function Tiles({ snapshot }: { readonly snapshot: Snapshot }) {
  const { totals, head, duration, timeline } = snapshot;
  const { requests, errors, aborted, rejected, suppressed, lost, bytes } = totals;
  const missing = suppressed + lost;
  const tiles: readonly Tile[] = [
    {
      id: 'requests',
      label: 'Requests',
      value: count(requests),
      note: `${rateText(timeline)} · ${size(bytes)}`,
    },
    {
      id: 'errors',
      label: 'Errors',
      value: count(errors),
      note: percent(errors / requests),
      tone: errors > 0 ? 'bad' : undefined,
    },
    { id: 'aborted', label: 'Aborted', value: count(aborted), note: percent(aborted / requests) },
    { id: 'rejected', label: 'Rejected', value: count(rejected), note: percent(rejected / requests) },
    { id: 'head', label: 'To the head, p95', value: seconds(head.p95), note: `p50 ${seconds(head.p50)}` },
    {
      id: 'duration',
      label: 'Duration, p95',
      value: seconds(duration.p95),
      note: `p99 ${seconds(duration.p99)}`,
    },
    {
      id: 'suppressed',
      label: 'Suppressed',
      value: count(suppressed),
      note: 'by the rate limit',
      tone: suppressed > 0 ? 'warn' : undefined,
    },
    {
      id: 'lost',
      label: 'Lost',
      value: count(lost),
      note: 'in delivery',
      tone: lost > 0 ? 'bad' : undefined,
    },
    {
      id: 'complete',
      label: 'Seen here',
      value: requests + missing === 0 ? '–' : percent(requests / (requests + missing)),
      note: 'of all served',
      tone: missing > 0 ? 'warn' : 'good',
    },
  ];
  return (
    <dl class="tiles">
      {tiles.map(({ id, label, value, note, tone }) => (
        <div key={id} class={`card tile ${tone ?? ''}`} id={`tile-${id}`}>
          <dt>{label}</dt>
          <dd class="value">{value}</dd>
          <dd class="note">{note}</dd>
        </div>
      ))}
    </dl>
  );
}

function rateText(timeline: TimelineView | null): string {
  if (timeline === null) return '0.0/s';
  const all = ['1xx', '2xx', '3xx', '4xx', '5xx', 'none'] as const;
  const { counts, width, head } = timeline;
  const from = settings.isLive ? head.length - NOW_SECONDS : 0;
  const sum = all.reduce((total, name) => total + counts[name].slice(from).reduce((a, b) => a + b, 0), 0);
  return `${rate(sum / ((head.length - from) * width))}/s`;
}
