import type { Strategy } from '../../options/rules/strategy.ts';

/**
 * The rules that are in force for one record. What they return is all that a record, its body in any form, a line on
 * standard output or an event shows of a text that comes from outside. Pure: nothing of the exchange is changed. No
 * method throws, but for {@link hash} without a key.
 */
export interface Masking {
  /** Path of the request target. */
  path(path: string): string;
  /** Query of the request target: what comes in `text` from `start` on. */
  query(text: string, start: number): string;
  /**
   * One value of a captured header.
   *
   * @param name in lower case
   * @param isSensitivePath whether the query of a URL with that path is dropped as a whole
   * @returns `undefined` where it is to be left out
   */
  header(name: string, value: string, isSensitivePath: (path: string) => boolean): string | undefined;
  /**
   * Any other text that becomes the value of an attribute.
   *
   * @param attribute its full name
   * @returns `undefined` where it is to be left out
   */
  text(attribute: string, value: string): string | undefined;
  /**
   * The value of a field that a handler has set.
   *
   * @param strategy that of the field; `undefined`: as {@link text}
   * @returns `undefined` where it is to be left out
   */
  field(attribute: string, value: string, strategy: Strategy | undefined): string | undefined;
  /** Whether there is a key for {@link hash}. */
  readonly canHash: boolean;
  /**
   * Keyed hash, `<key id>:<22 characters of base64url>` (HMAC-SHA256, its first 16 bytes).
   *
   * @param namespace name of the attribute: the same value under another name has another hash
   * @throws Error where there is no key
   */
  hash(namespace: string, value: string): string;
}

/** Where the rules in force come from; they may be others for the next record. */
export interface MaskingSource {
  readonly current: Masking;
}
