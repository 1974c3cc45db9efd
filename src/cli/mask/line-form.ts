/** What a line is taken for. Places are those of its characters. */
export type LineForm =
  | {
      readonly kind: 'request';
      readonly method: string | undefined;
      readonly start: number;
      readonly end: number;
    }
  | { readonly kind: 'header' | 'attribute'; readonly name: string; readonly start: number }
  | { readonly kind: 'json' | 'text' };

/** A request target in a text: what stands before it is text. */
export interface TargetInText {
  readonly method: string | undefined;
  readonly start: number;
  readonly end: number;
}

/** RFC 9112 section 3. The version tells it from a sentence. */
const REQUEST_LINE = /^([!#$%&'*+.^_`|~\w-]+) (\S+)(?: HTTP\/\d(?:\.\d)?)$/d;
/** Origin-form or absolute-form, with a method before it or without. */
const TARGET = /^(?:([A-Z][A-Z-]{2,15}) )?((?:\/|[A-Za-z][A-Za-z\d+.-]*:\/\/)\S*)$/d;
/** RFC 9110 section 5.1; without the space that is usual it may be a time or a host with its port. */
const NAMED = /^([!#$%&'*+.^_`|~\w-]+):(?:[ \t]+|$)/;
const IN_TEXT = /(?<=\b([A-Z][A-Z-]{2,15}) )\/[^\s"]*|\b[A-Za-z][A-Za-z\d+.-]{0,31}:\/\/[^\s"'<>]+/g;

/** @param line without its end */
export function formOf(line: string): LineForm {
  const request = REQUEST_LINE.exec(line) ?? TARGET.exec(line);
  const place = request?.indices?.[2];
  if (place !== undefined) return { kind: 'request', method: request?.[1], start: place[0], end: place[1] };
  const [whole, name] = NAMED.exec(line) ?? [];
  if (whole !== undefined && name !== undefined) {
    // No header in use has a dot in its name, and every attribute has one.
    return { kind: name.includes('.') ? 'attribute' : 'header', name, start: whole.length };
  }
  return { kind: isJsonObject(line) ? 'json' : 'text' };
}

/** The targets in a text: paths behind a method, and URLs. */
export function targetsIn(text: string): TargetInText[] {
  return [...text.matchAll(IN_TEXT)].map((match) => ({
    method: match[1],
    start: match.index,
    end: match.index + match[0].length,
  }));
}

function isJsonObject(line: string): boolean {
  if (!/^\s*\{/.test(line)) return false;
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
