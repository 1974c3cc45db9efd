// How receivers read a line that they do not know the format of. None of this is shared with the package.

/** The pairs that Loki's `| logfmt` makes labels of: a port of `pkg/logql/log/logfmt/decode.go` of Loki 3.7. */
export function logfmtPairs(line: string): readonly (readonly [key: string, value: string])[] {
  const pairs: [string, string][] = [];
  let at = 0;
  const toBlank = (): void => {
    while (at < line.length && !isBlank(line, at)) at++;
  };
  while (at < line.length) {
    while (at < line.length && isBlank(line, at)) at++;
    const start = at;
    while (at < line.length && !isBlank(line, at) && line[at] !== '=' && line[at] !== '"') at++;
    if (at >= line.length || isBlank(line, at)) continue;
    if (line[at] === '"' || at === start) {
      toBlank();
      continue;
    }
    const key = line.slice(start, at++);
    if (line[at] === '"') {
      const [quoted] = /^"(?:[^"\\]|\\.)*"/s.exec(line.slice(at)) ?? [];
      if (quoted === undefined) break;
      at += quoted.length;
      pairs.push([key, quoted]);
      continue;
    }
    const valueAt = at;
    while (at < line.length && !isBlank(line, at) && line[at] !== '=' && line[at] !== '"') at++;
    if (at >= line.length || isBlank(line, at)) pairs.push([key, line.slice(valueAt, at)]);
    else toBlank();
  }
  // Loki leaves out what has no value.
  return pairs.filter(([, value]) => value !== '' && value !== '""');
}

function isBlank(line: string, at: number): boolean {
  return line.charCodeAt(at) <= 0x20;
}

/** The name of the label that Loki makes of a key. */
export function lokiLabel(key: string): string {
  const name = key.trim();
  return (/^\d/.test(name) ? `_${name}` : name).replace(/[^A-Za-z0-9_]/gu, '_');
}

/** Where Grafana sees a pair in a line that it shows. */
export const GRAFANA_PAIR: RegExp = /(?:^|\s)[\w()[\]{}]+=(?:""|(?:".*?[^\\]"|[^"\s]\S*))/u;

/** Every object that stands between a brace and a brace, from the outermost inwards, that has members. */
export function objectsIn(line: string): readonly object[] {
  const objects: object[] = [];
  const opened: number[] = [];
  const closed: number[] = [];
  // A member begins with a quote.
  for (const { index } of line.matchAll(/\{\s*"/g)) opened.push(index);
  for (let at = line.lastIndexOf('}'); at > 0; at = line.lastIndexOf('}', at - 1)) closed.push(at);
  // The first to the last of both, as agents do that look for JSON in a line, and the innermost ones.
  for (const from of new Set([...opened.slice(0, 3), ...opened.slice(-3)])) {
    for (const to of new Set([
      ...closed.slice(0, 3),
      ...closed.slice(-3),
      closed.findLast((end) => end > from),
    ])) {
      if (to === undefined || to < from) continue;
      try {
        const found: unknown = JSON.parse(line.slice(from, to + 1));
        if (typeof found === 'object' && found !== null && Object.keys(found).length > 0) objects.push(found);
      } catch {
        // No JSON there.
      }
    }
  }
  return objects;
}

/** What a terminal obeys of a text instead of showing it: ECMA-48 controls and sequences, and Unicode's directions. */
export function obeyedBy(text: string): readonly string[] {
  const obeyed: string[] = [];
  if (/^[ -~]*$/.test(text)) return obeyed;
  let state: 'ground' | 'escape' | 'csi' | 'string' = 'ground';
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (state === 'ground') {
      if (code === 0x1b) state = 'escape';
      else if (code === 0x9b) state = 'csi';
      else if (code === 0x90 || code === 0x98 || (code >= 0x9d && code <= 0x9f)) state = 'string';
      if (code < 0x20 || (code >= 0x7f && code < 0xa0)) obeyed.push(`U+${code.toString(16)}`);
      else if (/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(char))
        obeyed.push(`U+${code.toString(16)}`);
    } else if (state === 'escape') {
      state = char === '[' ? 'csi' : /[PX^_\]]/.test(char) ? 'string' : 'ground';
    } else if (state === 'csi') {
      if (code >= 0x40 && code <= 0x7e) state = 'ground';
    } else if (code === 0x07 || code === 0x9c || code === 0x1b) state = code === 0x1b ? 'escape' : 'ground';
  }
  return obeyed;
}

/** Controls, line and paragraph separators, format characters, what renderers ignore, and blanks other than a space. */
export const UNSEEN: RegExp = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/u;

export interface CombinedLine {
  readonly host: string;
  readonly request: string;
  readonly status: string;
  readonly bytes: string;
  readonly referer: string;
  readonly userAgent: string;
}

/** A value in quotes, as different readers of the format delimit it. */
const QUOTED = {
  'with escapes, as goaccess and grok': '"((?:[^"\\\\]|\\\\.)*)"',
  'without escapes, as for nginx': '"([^"]*)"',
  'up to a quote without a backslash before it': '"(.*?)(?<!\\\\)"',
  'up to the next quote': '"(.*?)"',
};

const READERS = Object.entries(QUOTED).map(
  ([name, quoted]) =>
    [
      name,
      new RegExp(`^(\\S+) \\S+ \\S+ \\[[^\\]]+\\] ${quoted} (\\d{3}) (\\d+|-) ${quoted} ${quoted}$`, 's'),
    ] as const,
);

/** The line as each reader of Apache's combined log format takes it; `undefined` where it does not. */
export function combinedLines(
  line: string,
): readonly (readonly [reader: string, line: CombinedLine | undefined])[] {
  return READERS.map(([name, pattern]) => {
    const match = pattern.exec(line);
    if (match === null) return [name, undefined];
    const [, host = '', request = '', status = '', bytes = '', referer = '', userAgent = ''] = match;
    return [name, { host, request, status, bytes, referer, userAgent }];
  });
}

const SHORT: Readonly<Record<string, string>> = { b: '\b', n: '\n', r: '\r', t: '\t', v: '\v' };

/** Takes back `\xhh` and `\n`; bytes, one character for each. */
export function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(?:x([0-9a-f]{2})|(.))/gs, (_all, digits: string | undefined, char: string) =>
    digits === undefined ? (SHORT[char] ?? char) : String.fromCharCode(Number.parseInt(digits, 16)),
  );
}
