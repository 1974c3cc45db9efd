import type { DetectorName } from '../groups/privacy-options.ts';
import type { Strategy } from './strategy.ts';

/** What becomes of values by their names. The first that applies decides: the exact name, then the longest glob. */
export interface NameRules {
  /** By exact names; cookies and headers in lower case or as they are compared. */
  readonly exact: ReadonlyMap<string, Strategy>;
  /** `x*` by what stands before the asterisk, the longest first. */
  readonly prefixes: readonly (readonly [prefix: string, strategy: Strategy])[];
  /** `*`: what becomes of every other value; with it the rules are an allow-list. */
  readonly rest: Strategy | undefined;
}

/** Segments of paths that are masked. */
export interface PathTemplate {
  /** As it is written: `/reset/{token}`. */
  readonly template: string;
  /** Segments in order, without the slashes between them. */
  readonly segments: readonly TemplateSegment[];
}

/** One segment of a template: a text, any segment (`*`), or one with a name, and what becomes of it. */
export type TemplateSegment =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'named'; readonly name: string; readonly strategy: Strategy };

/** A regular expression of the user. */
export interface PatternRule {
  readonly name: string;
  readonly match: string;
  readonly strategy: Strategy;
  /** Names of attributes where it is looked for, and `fields`; empty: everywhere. */
  readonly in: readonly string[];
}

/** The rules of a file. */
export interface MaskingRules {
  /** Names of attributes where nothing is looked for. */
  readonly allow: ReadonlySet<string>;
  /** Added to the option `detect`; `off` takes a detector away. */
  readonly detect: ReadonlyMap<DetectorName, Strategy | 'off'>;
  readonly query: NameRules;
  readonly cookies: NameRules;
  readonly headers: NameRules;
  readonly paths: readonly PathTemplate[];
  readonly patterns: readonly PatternRule[];
}

const NO_NAMES: NameRules = { exact: new Map(), prefixes: [], rest: undefined };

/** Without a file. */
export const NO_RULES: MaskingRules = {
  allow: new Set(),
  detect: new Map(),
  query: NO_NAMES,
  cookies: NO_NAMES,
  headers: NO_NAMES,
  paths: [],
  patterns: [],
};
