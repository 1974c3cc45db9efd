import type { OtlpHeaders } from '../../options/otlp-headers.ts';

const MAX_LENGTH = 300;
/** Characters that are looked at: a body may be long. */
const MAX_LOOKED_AT = 4096;
/** A shorter value says nothing, and hiding it would hide ordinary words. */
const MIN_SECRET_LENGTH = 6;
/** Loki's tenant: no secret, and what a refusal is often about. */
const NO_SECRETS = new Set(['x-scope-orgid', 'user-agent']);

/** What must not be in a message: values of headers, what stands behind their scheme, and the query of the endpoint. */
export function secretsOf(headers: OtlpHeaders, url: string): readonly string[] {
  const values = Object.entries(headers)
    .filter(([name]) => !NO_SECRETS.has(name))
    .flatMap(([, value]) => [value, value.slice(value.indexOf(' ') + 1)]);
  const query = URL.canParse(url) ? new URL(url).search.slice(1) : '';
  return [...new Set([...values, query])].filter(({ length }) => length >= MIN_SECRET_LENGTH);
}

/** The words of a receiver or of the system, on one line, of at most 300 characters, without secrets. */
export function oneLine(text: string, secrets: readonly string[]): string {
  let line = text.slice(0, MAX_LOOKED_AT);
  for (const secret of secrets) line = line.replaceAll(secret, '***');
  line = line.replaceAll(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return (line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH - 1)}…` : line).toWellFormed();
}
