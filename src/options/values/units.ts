import * as v from '../valibot.ts';
import { integer, type JsonSchema, number, timerMs, type Value } from './values.ts';

/** Milliseconds in a unit of time; mebibytes in a unit of size. */
const TIMES: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const SIZES: Readonly<Record<string, number>> = { B: 2 ** -20, KiB: 2 ** -10, MiB: 1, GiB: 2 ** 10 };

/** Milliseconds from 0 up, or a time as a text with a unit. */
export const milliseconds: Value<number> = withUnit(number(0), TIMES, 'a time such as 250ms, 2s or 5m');

/** The same of what a timer waits for. */
export const timerMilliseconds: Value<number> = withUnit(timerMs, TIMES, 'a time such as 250ms, 2s or 5m');

/** Mebibytes, a whole number from `min` up; or a size as a text with a unit, which may come to a fraction of them. */
export function mebibytes(min: number): Value<number> {
  const sizes = v.pipe(v.number(), v.minValue(min), v.maxValue(Number.MAX_SAFE_INTEGER));
  return withUnit(integer(min), SIZES, `a size from ${min}MiB up, in B, KiB, MiB or GiB`, sizes);
}

/**
 * A number in the unit of the option, or a text with any of the units. The JSON Schema knows the form of such a text, not
 * its limits.
 *
 * @param converted validates what a text comes to
 */
function withUnit(
  plain: Value<number>,
  units: Readonly<Record<string, number>>,
  texts: string,
  converted: v.GenericSchema<number, number> = plain.schema as v.GenericSchema<number, number>,
): Value<number> {
  const pattern = `^[0-9]{1,15}(?:\\.[0-9]{1,9})?(?:${Object.keys(units).join('|')})$`;
  const form = new RegExp(pattern);
  const toNumber = (text: string): number => {
    const value = Number.parseFloat(text);
    return value * (units[text.replace(/^[0-9.]+/, '')] ?? Number.NaN);
  };
  const text = v.pipe(v.string(), v.regex(form), v.transform(toNumber), converted);
  const jsonSchema: JsonSchema = { anyOf: [plain.jsonSchema, { type: 'string', pattern }] };
  return {
    schema: v.lazy((input) => (typeof input === 'string' ? text : plain.schema)),
    jsonSchema,
    expected: `${plain.expected}, or ${texts}`,
    parse: (given) => (form.test(given.trim()) ? given.trim() : plain.parse(given)),
  };
}
