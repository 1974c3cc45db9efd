import type { JsonSchema } from '../values/values.ts';
import { parseStrategy, STRATEGY_FORMS, type Strategy } from './strategy.ts';

/** Where a strategy stands decides which ones are possible. */
export interface StrategyPlace {
  readonly jsonSchema: JsonSchema;
  /** What belongs after "expected". */
  readonly expected: string;
  /** `undefined` for a text that is no strategy, or none of this place. */
  parse(text: string): Strategy | undefined;
}

/** As {@link parseStrategy} reads them, for a JSON Schema. */
const HIDING =
  "hash|mask|remove|replace|keep:\\d{1,2}:\\d{1,2}|replace:[!$%'()*+\\-.0-9:<>@A-Z[\\]^_`a-z{|}~]{0,64}";

/** For a name of its own a value may be shown. */
export const STRATEGY: StrategyPlace = {
  jsonSchema: { type: 'string', pattern: `^(?:show|${HIDING})$` },
  expected: `one of ${STRATEGY_FORMS}`,
  parse: parseStrategy,
};

/** What is found by its looks, and what a template names, is hidden one way or another. */
export const HIDING_STRATEGY: StrategyPlace = {
  jsonSchema: { type: 'string', pattern: `^(?:${HIDING})$` },
  expected: `one of ${STRATEGY_FORMS.replace('show, ', '')}`,
  parse: hiding,
};

/** For headers of credentials: these are never written, not even in part. */
export const CREDENTIAL_STRATEGY: StrategyPlace = {
  jsonSchema: { enum: ['hash', 'mask', 'replace', 'remove'] },
  expected: 'one of hash, mask, replace, remove (credentials are never written, not even in part)',
  parse: (text) => (['hash', 'mask', 'replace', 'remove'].includes(text) ? parseStrategy(text) : undefined),
};

/** Examples of all, for a suggestion. */
export const STRATEGY_WORDS: readonly string[] = [
  ...['show', 'hash', 'mask', 'replace', 'remove', 'keep:6:4', 'replace:TEXT', 'off'],
];

function hiding(text: string): Strategy | undefined {
  const strategy = parseStrategy(text);
  return strategy?.kind === 'show' ? undefined : strategy;
}
