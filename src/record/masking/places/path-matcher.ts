import type { PathTemplate, TemplateSegment } from '../../../options/rules/masking-rules.ts';
import { REDACTED, type Strategy } from '../../../options/rules/strategy.ts';
import { decodeOnce } from '../../paths/path-readings.ts';
import { addCredentials } from '../../redact/redaction.ts';
import type { PassageSink } from '../passage-sink.ts';

/** What some server takes for a slash, however often it is encoded. */
const SLASHES = /(?:[/\\]|%(?:25)*(?:2f|5c))+/gi;
const TWO_SLASHES = /^[/\\]{2}/;
/** Two dots, however often they are encoded. */
const DOTS = /(?:\.|%(?:25)*2e){2}/i;
const PARAMETERS = /;.*$/s;
const MAX_DECODINGS = 3;
const SLASH = 0x2f;
const REPLACE: Strategy = { kind: 'replace', text: REDACTED };
/** Segments that are looked at: no template has more. */
const MAX_SEGMENTS = 64;

interface Segment {
  readonly start: number;
  readonly end: number;
  /** As a server may take it: decoded, in lower case, without parameters. */
  readonly plain: string;
}

interface CompiledTemplate {
  readonly segments: readonly TemplateSegment[];
  readonly first: string | undefined;
  readonly rule: string;
}

/**
 * Finds segments of paths by templates. A template speaks of every path that begins with its segments, whatever follows
 * them. A path is compared as any server may take it: decoded, in any case of letters, slashes merged, dot segments
 * removed or not, parameters cut off.
 */
export class PathMatcher {
  readonly #templates: readonly CompiledTemplate[];

  constructor(templates: readonly PathTemplate[]) {
    this.#templates = templates.map(({ template, segments }) => {
      const lower = segments.map((segment) =>
        segment.kind === 'text' ? { ...segment, text: plainOf(segment.text) } : segment,
      );
      const [first] = lower;
      return {
        segments: lower,
        first: first?.kind === 'text' ? first.text : undefined,
        rule: `paths.${template}`,
      };
    });
  }

  get isEmpty(): boolean {
    return this.#templates.length === 0;
  }

  /** The rules, as messages name them. */
  get rules(): readonly string[] {
    return this.#templates.map(({ rule }) => rule);
  }

  /** Adds the named segments of every template that speaks of `path`. */
  find(path: string, passages: PassageSink): void {
    const segments = segmentsOf(path);
    if (segments.length >= MAX_SEGMENTS && DOTS.test(path)) {
      // Where they lead is not known, and no client needs so many.
      passages.add(0, path.length, REPLACE, '');
      return;
    }
    this.#findInReadings(segments, passages);
    // `new URL('//host/path', base)` is of another host.
    if (TWO_SLASHES.test(path)) this.#findInReadings(segments.slice(1), passages);
  }

  /** Some servers remove dot segments, or what consists of parameters, others do not. */
  #findInReadings(segments: readonly Segment[], passages: PassageSink): void {
    this.#findIn(segments, passages);
    if (!segments.some(isAmbiguous)) return;
    this.#findIn(withoutParents(segments), passages);
    this.#findIn(withoutParents(segments.filter(({ plain }) => plain !== '')), passages);
  }

  #findIn(segments: readonly Segment[], passages: PassageSink): void {
    for (const { segments: template, first, rule } of this.#templates) {
      if (first !== undefined && segments[0]?.plain !== first) continue;
      if (template.length > segments.length) continue;
      if (!template.every((part, at) => part.kind !== 'text' || part.text === segments[at]?.plain)) continue;
      template.forEach((part, at) => {
        const segment = segments[at];
        if (part.kind === 'named' && segment !== undefined)
          passages.add(segment.start, segment.end, part.strategy, rule);
      });
    }
  }
}

function segmentsOf(path: string): Segment[] {
  const segments: Segment[] = [];
  let start = 0;
  const add = (end: number): void => {
    if (end === start) return;
    const plain = plainOf(path.slice(start, end));
    if (plain !== '.') segments.push({ start, end, plain });
  };
  for (const slash of path.matchAll(SLASHES)) {
    add(slash.index);
    start = slash.index + slash[0].length;
    if (segments.length >= MAX_SEGMENTS) return segments;
  }
  add(path.length);
  return segments;
}

function isAmbiguous({ plain }: Segment): boolean {
  return plain === '..' || plain === '';
}

function isParent({ plain }: Segment): boolean {
  return plain === '..';
}

function withoutParents(segments: readonly Segment[]): Segment[] {
  const kept: Segment[] = [];
  for (const segment of segments) {
    if (isParent(segment)) kept.pop();
    else kept.push(segment);
  }
  return kept;
}

/** As {@link decodeOnce} has it: characters beyond ASCII as the bytes that are sent for them. */
function plainOf(segment: string): string {
  let plain = /[^\x20-\x7e]/.test(segment) ? Buffer.from(segment).toString('latin1') : segment;
  for (let decodings = 0; decodings < MAX_DECODINGS && plain.includes('%'); decodings++) {
    plain = decodeOnce(plain);
  }
  if (plain.includes(';')) plain = plain.replace(PARAMETERS, '');
  return plain.toLowerCase();
}

/** Finds what is to be masked in a path: segments by templates, and parameters of segments that are credentials. */
export class PathFinder {
  readonly #templates: PathMatcher;

  constructor(templates: PathMatcher) {
    this.#templates = templates;
  }

  find(path: string, passages: PassageSink): void {
    if (!this.#templates.isEmpty) this.#templates.find(path, passages);
    if (path.includes('=') || path.includes('%')) addCredentials(passages, path, 0, path.length, SLASH);
  }
}
