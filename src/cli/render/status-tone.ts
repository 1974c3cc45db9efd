import type { Tone } from './terminal.ts';

/** What a status code stands for; none at all is a failure. */
export function toneOf(status: number | undefined): Tone {
  if (status === undefined || status >= 500) return 'error';
  if (status >= 400) return 'warning';
  return status >= 300 ? 'redirect' : 'success';
}
