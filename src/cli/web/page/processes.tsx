import type { ProcessTotal, ProcessView } from '../snapshot.ts';
import { count } from './numbers.ts';

/** Processes as their heartbeats tell them: do the sums close? */
export function ProcessList({ processes }: { readonly processes: readonly ProcessView[] }) {
  return (
    <section class="card processes" aria-labelledby="processes">
      <header>
        <h2 id="processes">Services and processes</h2>
        <span class="time">by their heartbeats</span>
      </header>
      {processes.length === 0 ? (
        <p class="note">No heartbeat so far: a process sends one each minute, and one when it ends.</p>
      ) : (
        <ul>
          {processes.map((process) => (
            <Process key={process.processId} {...process} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Process({ service, processId, mode, totals, servedGap, keptGap, lastHeard, isFinal }: ProcessView) {
  const kept: readonly ProcessTotal[] = (totals.adopted ?? 0) > 0 ? ['kept', 'adopted'] : ['kept'];
  return (
    <li>
      <div class="name">
        <b>{service}</b> <code title={processId}>{processId.slice(0, 8)}</code>{' '}
        {mode !== null && mode !== 'normal' && <span class="badge warn">{mode}</span>}
        <span class="note">
          {isFinal ? 'ended ' : 'heard '}
          {new Date(lastHeard).toISOString().slice(11, 19)} UTC
        </span>
      </div>
      <Sum whole={['served']} parts={['ignored', 'suppressed', 'kept']} gap={servedGap} totals={totals} />
      <Sum whole={kept} parts={['delivered', 'lost', 'pending']} gap={keptGap} totals={totals} />
    </li>
  );
}

interface SumProps {
  readonly whole: readonly ProcessTotal[];
  readonly parts: readonly ProcessTotal[];
  readonly gap: number | null;
  readonly totals: ProcessView['totals'];
}

function Sum({ whole, parts, gap, totals }: SumProps) {
  const told = (names: readonly ProcessTotal[]) =>
    names.map((name) => `${totals[name] === null ? '?' : count(totals[name])} ${name}`).join(' + ');
  const verdict = gap === null ? 'not known' : gap === 0 ? 'closed' : `open by ${count(gap)}`;
  return (
    <div class="sum">
      <span>
        {told(whole)} = {told(parts)}
      </span>{' '}
      <span class={`badge ${gap === 0 ? 'good' : gap === null ? '' : 'bad'}`}>{verdict}</span>
    </div>
  );
}
