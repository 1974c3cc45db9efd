import { OTHER } from './exchange-key.ts';

/** Class of the error that was thrown, as in `error.type`. @param otherwise for what is no Error */
export function nameOfThrown(error: unknown, otherwise = 'unknown'): string {
  return error instanceof Error ? error.name : otherwise;
}

/** Node's error code, else the class of the error; `_OTHER` for what is no Error. */
export function typeOfThrown(error: unknown): string {
  const hasCode = error instanceof Error && 'code' in error && typeof error.code === 'string';
  return hasCode ? String(error.code) : nameOfThrown(error, OTHER);
}
