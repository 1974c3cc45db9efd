import type { Exchange } from '../../http/exchange.ts';
import type { Strategy } from '../../options/rules/strategy.ts';
import { strategyOf } from '../attributes/handler-fields.ts';
import type { FieldOf } from './sources.ts';

/** Detectors and patterns look at the value as at that of a field: patterns may be for fields only. */
const AS_FIELD: Strategy = { kind: 'show' };

/**
 * The field of that name that a handler has set; `undefined` where none was, for what is not a text or number, and for
 * a field that is only for bad endings where the exchange ended well.
 *
 * @param isBadEnding whether an exchange ended so badly that its record has the detail
 */
export function compileHandlerField(isBadEnding: (exchange: Exchange) => boolean): FieldOf {
  return (exchange, name) => {
    const { fields } = exchange;
    const at = fields?.definitions.findIndex((field) => field.name === name) ?? -1;
    const field = fields?.definitions[at];
    const value = fields?.values[at];
    if (field === undefined || (typeof value !== 'string' && typeof value !== 'number')) return undefined;
    if (field.when === 'bad' && !isBadEnding(exchange)) return undefined;
    const strategy = strategyOf(field);
    // A strategy that this version does not know: nothing is shown rather than the value.
    if (strategy === undefined && field.mask !== undefined) return undefined;
    return { value: String(value), strategy: strategy ?? AS_FIELD };
  };
}
