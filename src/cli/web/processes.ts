import { integerOf, textOf } from '../../render/plain.ts';
import { shortCopy } from '../../render/terminal.ts';
import type { FilteredRecord } from '../tail/filter.ts';
import { PROCESS_TOTALS, type ProcessTotal, type ProcessView } from './snapshot.ts';

/** Beyond them, the one that was not heard of for the longest time goes. */
const MAX_PROCESSES = 200;
const TEXT_LENGTH = 100;

/** The last heartbeat of each process, and whether its sums are right. */
export class Processes {
  /** In the order in which they were heard of. */
  readonly #views = new Map<string, ProcessView>();

  /** @param heardMs milliseconds since the epoch */
  hear({ attributes, resource }: FilteredRecord, heardMs: number): void {
    const processId = textOf(attributes['access_log.process_id']);
    if (processId === undefined) return;
    const id = shortCopy(processId, TEXT_LENGTH);
    // A file may hold an older one behind a newer one.
    if ((this.#views.get(id)?.lastHeard ?? 0) > heardMs) return;
    this.#views.delete(id);
    const mode = textOf(attributes['access_log.mode']);
    const totals = totalsOf(attributes);
    this.#views.set(id, {
      service: shortCopy(textOf(resource['service.name']) ?? '-', TEXT_LENGTH),
      processId: id,
      mode: mode === undefined ? null : shortCopy(mode, TEXT_LENGTH),
      lastHeard: heardMs,
      isFinal: attributes['access_log.final'] === true,
      totals,
      servedGap: gap([totals.served], [totals.ignored, totals.suppressed, totals.kept]),
      keptGap: gap([totals.kept, totals.adopted ?? 0], [totals.delivered, totals.lost, totals.pending]),
    });
    const [oldest] = this.#views.keys();
    if (this.#views.size > MAX_PROCESSES && oldest !== undefined) this.#views.delete(oldest);
  }

  view(): ProcessView[] {
    return [...this.#views.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  }
}

function totalsOf(attributes: FilteredRecord['attributes']): Record<ProcessTotal, number | null> {
  const entries = PROCESS_TOTALS.map((name) => [
    name,
    integerOf(attributes[`access_log.total.${name}`]) ?? null,
  ]);
  return Object.fromEntries(entries);
}

function gap(whole: readonly (number | null)[], parts: readonly (number | null)[]): number | null {
  let difference = 0;
  for (const [sign, values] of [[1, whole] as const, [-1, parts] as const]) {
    for (const value of values) {
      if (value === null) return null;
      difference += sign * value;
    }
  }
  return difference;
}

function keyOf({ service, processId }: ProcessView): string {
  return `${service}\n${processId}`;
}
