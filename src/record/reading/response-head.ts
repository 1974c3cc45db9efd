import type { Exchange } from '../../http/exchange.ts';

/** Values of the wanted headers that a response sent, by lower-case name; `undefined` where its head was not kept. */
export function responseHeadersOf(
  { responseHead, responseHeaders }: Exchange,
  wanted: ReadonlySet<string>,
): Map<string, string[]> | undefined {
  if (responseHeaders !== undefined) return pickSent(responseHeaders, wanted);
  return responseHead === undefined ? undefined : parseResponseHead(responseHead, wanted);
}

/** Of HTTP/2, which lowers the names that the application wrote. */
function pickSent(
  sent: NonNullable<Exchange['responseHeaders']>,
  wanted: ReadonlySet<string>,
): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [key, value] of Object.entries(sent)) {
    const name = key.toLowerCase();
    if (wanted.has(name)) found.set(name, Array.isArray(value) ? value.map(String) : [String(value)]);
  }
  return found;
}

/**
 * Values of the wanted headers of a response head as it was sent, by lower-case name, in the order of the head;
 * headers that are not there are left out.
 */
export function parseResponseHead(head: string, wanted: ReadonlySet<string>): Map<string, string[]> {
  const found = new Map<string, string[]>();
  // The first line is the status line.
  let start = nextLine(head, 0);
  while (start < head.length) {
    const next = nextLine(head, start);
    const line = head.slice(start, next);
    start = next;
    const colon = line.indexOf(':');
    if (colon === -1) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    if (!wanted.has(name)) continue;
    const value = line.slice(colon + 1).trim();
    const values = found.get(name);
    if (values === undefined) found.set(name, [value]);
    else values.push(value);
  }
  return found;
}

function nextLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end + 1;
}
