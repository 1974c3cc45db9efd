import { types } from 'node:util';
import { OTHER } from '../receipt/exchange-key.ts';

/** Also where it is of another realm (`node:vm`), as errors are under Jest. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

/** Class of the error that was thrown, as in `error.type`. @param otherwise for what is no Error */
export function nameOfThrown(error: unknown, otherwise = 'unknown'): string {
  return error instanceof Error ? error.name : otherwise;
}

/** Node's error code, else the class of the error; `_OTHER` for what is no Error. */
export function typeOfThrown(error: unknown): string {
  const hasCode = error instanceof Error && 'code' in error && typeof error.code === 'string';
  return hasCode ? String(error.code) : nameOfThrown(error, OTHER);
}

/**
 * Class of an error of the application; `_OTHER` for what is no Error. A class that sets no `name` of its own has that of
 * Error. Never throws, whatever the error is made of.
 */
export function classOfThrown(error: unknown): string {
  try {
    if (!isError(error)) return OTHER;
    const { name } = error;
    const known: unknown = name === 'Error' ? error.constructor.name : name;
    return typeof known === 'string' && known !== '' ? known : OTHER;
  } catch {
    return OTHER;
  }
}
