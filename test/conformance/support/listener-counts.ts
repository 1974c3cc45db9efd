import type { EventEmitter } from 'node:events';

/** How many listeners and own properties emitters have at the moments of a play. */
export class ListenerCounts {
  readonly counts: Record<string, Readonly<Record<string, number>>> = {};
  #taken = 0;

  take(when: string, emitters: Readonly<Record<string, EventEmitter>>): void {
    this.#taken += 1;
    for (const [name, emitter] of Object.entries(emitters)) {
      const counts: Record<string, number> = {};
      for (const event of emitter.eventNames()) counts[String(event)] = emitter.listenerCount(event);
      for (const key of Reflect.ownKeys(emitter)) {
        const isEnumerable = Object.prototype.propertyIsEnumerable.call(emitter, key);
        // Symbols of one name may be several; Node numbers none.
        const property = `${isEnumerable ? 'property' : 'hidden property'} ${String(key)}`;
        counts[property] = (counts[property] ?? 0) + 1;
      }
      this.counts[`${this.#taken} ${name} ${when}`] = counts;
    }
  }
}
