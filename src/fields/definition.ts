import { parseStrategy, STRATEGY_FORMS } from '../options/rules/strategy.ts';
import { isReserved } from './reserved-names.ts';

/** What a field may hold. */
export type FieldValue = string | number | boolean | readonly string[];
/** The types of values by their names. */
export type FieldType = 'string' | 'number' | 'boolean' | 'string[]';

type TypeOf<T extends FieldValue> = T extends string
  ? 'string'
  : T extends number
    ? 'number'
    : T extends boolean
      ? 'boolean'
      : 'string[]';

export interface FieldOptions<T extends FieldValue = FieldValue> {
  /**
   * What is written instead of the value: `hash`, `keep:F:L` (the first and last characters stay), `mask`, `replace`,
   * `replace:TEXT`, `remove`; `show` for the value. Default: the value, masked as any other text of a record.
   */
  readonly mask?: string | undefined;
  /** `bad`: only where the exchange ended as the option `detailWhen` says. Default `always`. */
  readonly when?: 'always' | 'bad' | undefined;
  /** Characters (UTF-16 code units) of a text, or of each text of a list, that are written: 1 to 2048. Default 256. */
  readonly maxLength?: number | undefined;
  /** Type of the values. Default: that of the first value that is set. */
  readonly type?: TypeOf<T> | undefined;
}

/** A field as all copies of this package know it. One object for each name. */
export interface FieldDefinition {
  readonly name: string;
  readonly mask: string | undefined;
  readonly when: 'always' | 'bad';
  readonly maxLength: number;
  readonly type: FieldType | undefined;
  /** Where `type` is `undefined`: the type of the first value that was set. */
  firstType: FieldType | undefined;
}

/** As many as Loki allows for a label, and more than the semantic conventions use. */
const MAX_NAME = 64;
/** Masking looks at so many characters of a value, and what it did not see is not written. */
const MAX_LENGTH = 2048;
const DEFAULT_LENGTH = 256;
/** No blank, no control or format character, no surrogate without its other half. */
const NAME = /^[^\s\p{Cc}\p{Cf}\p{Cs}]+$/u;
const TYPES: readonly unknown[] = ['string', 'number', 'boolean', 'string[]'];
const OPTIONS: readonly string[] = ['mask', 'when', 'maxLength', 'type'];

/** @throws TypeError where the name or an option cannot be used */
export function defineField(name: unknown, options: unknown): FieldDefinition {
  if (typeof name !== 'string') throw new TypeError(`createField: expected a name, got ${typeof name}`);
  if (name.length > MAX_NAME) throw problem(name.slice(0, MAX_NAME), `longer than ${MAX_NAME} characters`);
  if (!NAME.test(name)) throw problem(name, 'expected a name without blanks and control characters');
  if (isReserved(name)) throw problem(name, 'a name of the record itself');
  if (typeof options !== 'object' || options === null) throw problem(name, 'expected options as an object');
  const unknown = Object.keys(options).find((key) => !OPTIONS.includes(key));
  if (unknown !== undefined) throw problem(name, `${unknown}: no such option`);
  const { mask, when = 'always', maxLength = DEFAULT_LENGTH, type } = options as FieldOptions;
  if (mask !== undefined && (typeof mask !== 'string' || parseStrategy(mask) === undefined))
    throw problem(name, `mask: expected one of ${STRATEGY_FORMS}`);
  if (when !== 'always' && when !== 'bad') throw problem(name, 'when: expected always or bad');
  if (!Number.isInteger(maxLength) || maxLength < 1 || maxLength > MAX_LENGTH)
    throw problem(name, `maxLength: expected an integer from 1 to ${MAX_LENGTH}`);
  if (type !== undefined && !TYPES.includes(type))
    throw problem(name, `type: expected one of ${TYPES.join(', ')}`);
  return { name, mask, when, maxLength, type, firstType: undefined };
}

export function isSameDefinition(one: FieldDefinition, other: FieldDefinition): boolean {
  return (
    one.mask === other.mask &&
    one.when === other.when &&
    one.maxLength === other.maxLength &&
    one.type === other.type
  );
}

export function problem(name: string, message: string): TypeError {
  return new TypeError(`createField(${JSON.stringify(name)}): ${message}`);
}
