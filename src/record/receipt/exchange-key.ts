/** Stands for a value that is unknown or not one of the known ones; the word of the semantic conventions. */
export const OTHER = '_OTHER';

/** What exchanges are counted by: route or method, and status code or outcome. */
export interface ExchangeKey {
  readonly route: string | undefined;
  /** Method as received. */
  readonly method: string;
  /** Status code on the wire; `undefined` where none was sent. */
  readonly statusCode: number | undefined;
  readonly outcome: string;
}

/** The key for exchanges that were counted but not recorded, and for keys beyond the limit of a ledger. */
export const OTHER_KEY: ExchangeKey = { route: OTHER, method: OTHER, statusCode: undefined, outcome: OTHER };

/** A key as events and the `onLost` hook show it; exchanges with the same texts are counted together. */
export interface ExchangeKeyText {
  readonly route: string | undefined;
  /** Only where there is no route. */
  readonly method: string | undefined;
  /** `2xx`, or the outcome where there was no status. */
  readonly statusClass: string;
}

const STATUS_CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx', '6xx', '7xx', '8xx', '9xx'] as const;

/** `2xx`; the outcome where there was no status; `_OTHER` for a status below 100 or from 1000 on. */
export function statusClassOf({ statusCode, outcome }: Pick<ExchangeKey, 'statusCode' | 'outcome'>): string {
  if (statusCode === undefined) return outcome;
  return STATUS_CLASSES[Math.floor(statusCode / 100) - 1] ?? OTHER;
}

/** The method as events show it: `_OTHER` unless it is a known one, so that clients cannot make up keys. */
export function knownMethodOf(method: string, knownMethods: ReadonlySet<string>): string {
  return knownMethods.has(method) ? method : OTHER;
}

/** @param knownMethods default: every method as it was received */
export function keyTextOf(key: ExchangeKey, knownMethods?: ReadonlySet<string>): ExchangeKeyText {
  const { route } = key;
  const method = knownMethods === undefined ? key.method : knownMethodOf(key.method, knownMethods);
  return { route, method: route === undefined ? method : undefined, statusClass: statusClassOf(key) };
}
