import type { StoredFrame } from './frame-table.ts';
import { Segment, type SpoolPlace } from './segment.ts';

/** The segments of one directory, oldest first. */
export class Segments {
  readonly #place: SpoolPlace;
  readonly #segments = new Map<number, Segment>();
  #next = 1;

  constructor(place: SpoolPlace) {
    this.#place = place;
  }

  get bytes(): number {
    return this.#sum(({ bytes }) => bytes);
  }

  get frames(): number {
    return this.#sum(({ frames }) => frames.unfinished);
  }

  get exchanges(): number {
    return this.#sum(({ frames }) => frames.exchanges);
  }

  all(): readonly Segment[] {
    return [...this.#segments.values()];
  }

  get(number: number): Segment | undefined {
    return this.#segments.get(number);
  }

  /** Adds one that is open, with the next number. No number is used twice, even where its file was never made. */
  addNext(): Segment {
    return this.#add(this.#next);
  }

  /** Adds one that is on disk. @param number higher than all before */
  addRecovered(number: number): Segment {
    return this.#add(number);
  }

  remove(segment: Segment): void {
    this.#segments.delete(segment.number);
  }

  /** No segment has this number or a lower one from now on. */
  skipTo(number: number): void {
    this.#next = Math.max(this.#next, number + 1);
  }

  /** The oldest frame that is not finished; or the next one behind `after`, finished or not. */
  oldest(after?: Pick<StoredFrame, 'segment' | 'offset'>): StoredFrame | undefined {
    for (const { number, frames } of this.#segments.values()) {
      if (after !== undefined && number < after.segment) continue;
      const frame = frames.nextUnfinished(after?.segment === number ? after.offset + 1 : 0);
      if (frame !== undefined) return frame;
    }
    return undefined;
  }

  #add(number: number): Segment {
    const segment = new Segment(this.#place, number);
    this.#segments.set(number, segment);
    this.skipTo(number);
    return segment;
  }

  #sum(value: (segment: Segment) => number): number {
    let sum = 0;
    for (const segment of this.#segments.values()) sum += value(segment);
    return sum;
  }
}
