import { OTHER } from '../record/exchange-key.ts';

/** A short name for what was thrown, as in `error.type`: Node's error code, else the class of the error. */
export function errorTypeOf(error: unknown): string {
  if (!(error instanceof Error)) return OTHER;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
