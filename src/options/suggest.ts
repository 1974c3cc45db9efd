/**
 * The name that the user probably meant; `undefined` where none is similar. Capitals, underscores and the prefix are
 * ignored, so that `trusted_proxies` finds `trustedProxies`.
 */
export function suggest(given: string, names: readonly string[]): string | undefined {
  // No name is that long, even with the mistakes allowed. This bounds the table of the edit distance.
  if (given.length > 64) return undefined;
  const plainGiven = plain(given);
  let nearest: string | undefined;
  // Two letters in the wrong order are two edits: a word of five may have that.
  let least = Math.max(1, Math.floor(plainGiven.length / 2.5)) + 1;
  for (const name of names) {
    const distance = editDistance(plainGiven, plain(name));
    if (distance < least) {
      least = distance;
      nearest = name;
    }
  }
  return nearest;
}

function plain(name: string): string {
  return name
    .toLowerCase()
    .replaceAll('_', '')
    .replace(/^accesslog/, '');
}

/** Levenshtein distance, by rows. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
