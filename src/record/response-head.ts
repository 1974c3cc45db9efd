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
