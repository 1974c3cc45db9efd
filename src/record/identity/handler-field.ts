import type { Exchange } from '../../http/exchange.ts';
import { strategyOf } from '../attributes/handler-fields.ts';
import type { Found } from './sources.ts';

/** The field of that name that a handler has set; `undefined` where none was, and for what is not a text or number. */
export function handlerField({ fields }: Exchange, name: string): Found | undefined {
  const at = fields?.definitions.findIndex((field) => field.name === name) ?? -1;
  const field = fields?.definitions[at];
  const value = fields?.values[at];
  if (field === undefined || (typeof value !== 'string' && typeof value !== 'number')) return undefined;
  const strategy = strategyOf(field);
  // A strategy that this version does not know: nothing is shown rather than the value.
  if (strategy === undefined && field.mask !== undefined) return undefined;
  return { value: String(value), strategy };
}
