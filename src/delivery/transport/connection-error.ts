/**
 * Node's error code and the message, which names the code too. Where several addresses of a host were tried, Node
 * throws an AggregateError: then those of the last attempt.
 */
export function errorOf(error: unknown): { readonly code: string; readonly message: string } {
  const last: unknown = error instanceof AggregateError ? error.errors.at(-1) : error;
  if (!(last instanceof Error)) return { code: 'unknown', message: String(last) };
  const code = 'code' in last && typeof last.code === 'string' ? last.code : last.name;
  const isNamed = code === 'Error' || last.message.includes(code);
  return { code, message: isNamed ? last.message : `${last.message} (${code})` };
}
