import type { Strategy } from '../../options/rules/strategy.ts';

/** What is told of parts of a text that are to be masked. */
export interface PassageSink {
  /**
   * @param start first character
   * @param end after the last one
   * @param kind detector, or rule, that has found it; empty for what is masked without a rule
   */
  add(start: number, end: number, strategy: Strategy, kind: string): void;
}
