import { type Quartiles, quartilesOf } from './statistics.ts';

/** What each variant measured in one repetition, by the variant's id. */
export type Repetition<M> = ReadonlyMap<string, M>;

/** Repetitions of the same variants. Only what was measured in the same repetition is compared. */
export class Paired<M> {
  readonly #repetitions: readonly Repetition<M>[];

  constructor(repetitions: readonly Repetition<M>[]) {
    this.#repetitions = repetitions;
  }

  get repetitions(): number {
    return this.#repetitions.length;
  }

  has(id: string): boolean {
    return this.#repetitions.every((repetition) => repetition.has(id));
  }

  values<T>(id: string, value: (measurement: M) => T): T[] {
    return this.#repetitions.map((repetition) => value(measurementOf(repetition, id)));
  }

  quartiles(id: string, value: (measurement: M) => number): Quartiles {
    return quartilesOf(this.values(id, value));
  }

  median(id: string, value: (measurement: M) => number): number {
    return this.quartiles(id, value).median;
  }

  sum(id: string, value: (measurement: M) => number): number {
    return this.values(id, value).reduce((total, each) => total + each, 0);
  }

  /** How much more `id` has of it than `against`. */
  difference(id: string, against: string, value: (measurement: M) => number): Quartiles {
    return quartilesOf(this.#differences(id, against, value));
  }

  /** What `own` adds to its base, divided by what `peer` adds to its own. */
  ratio(ratio: Ratio, value: (measurement: M) => number): Quartiles {
    const [own, ownBase, peer, peerBase] = ratio;
    const peers = this.#differences(peer, peerBase, value);
    return quartilesOf(
      this.#differences(own, ownBase, value).map((added, index) => added / (peers[index] ?? Number.NaN)),
    );
  }

  #differences(id: string, against: string, value: (measurement: M) => number): number[] {
    return this.#repetitions.map(
      (repetition) => value(measurementOf(repetition, id)) - value(measurementOf(repetition, against)),
    );
  }
}

export type Ratio = readonly [own: string, ownBase: string, peer: string, peerBase: string];

function measurementOf<M>(repetition: Repetition<M>, id: string): M {
  const measurement = repetition.get(id);
  if (measurement === undefined) throw new Error(`Expected a measurement of ${id}, got none`);
  return measurement;
}
