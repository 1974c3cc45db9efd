import { isPathRule } from '../../options/path/path-rules.ts';
import {
  compileFilter,
  compileServiceFilter,
  type FilteredRecord,
  type RecordFilter,
} from '../tail/filter.ts';

/** What a filter looks at: a record as it arrived, or as the page was given it. */
export type SearchedRecord = FilteredRecord & {
  readonly body?: unknown;
  readonly eventName?: string | undefined;
};
export type TextFilter = (record: SearchedRecord) => boolean;

const MAX_LENGTH = 1000;
/** A name or none, an operator or none, and a value; either in quotes. `-` in front turns it around. */
const TERM = /(-?)(?:([\w.-]+?)(!=|[:=~<>]))?(?:"([^"]*)"|(\S+))/gy;
const NONE = { statuses: [], routes: [], services: [] } as const;

/**
 * Compiles what is typed into the filter of the page; every term must hold.
 *
 * - `status:5xx`, `route:/orders/*`, `slow:200ms`, `service:shop`, `trace:4bf9`: as the options of `tail`
 * - `name=value`, `name!=value`, `name~part`, `name>1`, `name<1` for any attribute of the record or its resource
 * - any other word: a part of any text of the record
 * - `-` in front of a term: it must not hold
 *
 * @throws TypeError with what was expected
 */
export function compileFilterText(text: string): TextFilter {
  if (text.length > MAX_LENGTH) throw new TypeError(`expected at most ${MAX_LENGTH} characters`);
  const terms: TextFilter[] = [];
  let at = 0;
  for (const match of text.trim().matchAll(new RegExp(`\\s*${TERM.source}`, 'gy'))) {
    at = match.index + match[0].length;
    const [, not, name, operator, quoted, word = ''] = match;
    const holds = termOf(name, operator, quoted ?? word);
    terms.push(not === '-' ? (record) => !holds(record) : holds);
  }
  if (at !== text.trim().length)
    throw new TypeError('expected a value behind every name, and quotes in pairs');
  return (record) => terms.every((holds) => holds(record));
}

function termOf(name: string | undefined, operator: string | undefined, value: string): TextFilter {
  if (name === undefined || operator === undefined) return hasText(value.toLowerCase());
  const isOption = (operator === ':' || operator === '=') && Object.hasOwn(OPTIONS, name);
  if (isOption) return OPTIONS[name as keyof typeof OPTIONS](value);
  switch (operator) {
    case ':':
      return hasText(`${name}:${value}`.toLowerCase());
    case '=':
      return (record) => valuesOf(record, name).includes(value);
    case '!=':
      return (record) => !valuesOf(record, name).includes(value);
    case '~':
      return (record) =>
        valuesOf(record, name).some((text) => text.toLowerCase().includes(value.toLowerCase()));
    default:
      return compares(name, operator, value);
  }
}

function compares(name: string, operator: string, value: string): TextFilter {
  const limit = Number(value);
  if (Number.isNaN(limit)) throw new TypeError(`${name}${operator}: expected a number`);
  const sign = operator === '>' ? 1 : -1;
  return (record) => valuesOf(record, name).some((text) => sign * (Number(text) - limit) > 0);
}

const OPTIONS: Readonly<
  Record<'status' | 'route' | 'slow' | 'service' | 'trace', (value: string) => RecordFilter>
> = {
  status: (value) => {
    const statuses = value.toLowerCase().split(',');
    if (!statuses.every((status) => /^[1-5](?:\d\d|xx)$/.test(status))) {
      throw new TypeError('status: expected codes and classes such as 404 or 5xx');
    }
    return compileFilter({ ...NONE, statuses });
  },
  route: (value) => {
    if (!isPathRule(value))
      throw new TypeError('route: expected a glob such as /orders/* or "POST /orders/**"');
    return compileFilter({ ...NONE, routes: [value] });
  },
  slow: (value) => {
    const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(value) ?? [];
    if (number === '') throw new TypeError('slow: expected a time such as 200ms, 1.5s or 2m');
    return compileFilter({ ...NONE, slowSeconds: Number(number) * ({ ms: 1e-3, s: 1, m: 60 }[unit] ?? 1) });
  },
  service: (value) => compileServiceFilter({ ...NONE, services: [value] }) ?? (() => true),
  trace: (value) => {
    if (!/^[0-9a-f]{1,32}$/i.test(value)) throw new TypeError('trace: expected up to 32 hexadecimal digits');
    return compileFilter({ ...NONE, trace: value.toLowerCase() });
  },
};

function hasText(part: string): TextFilter {
  return ({ attributes, resource, traceId, body, eventName }) => {
    if (traceId?.includes(part) || contains(body, part) || contains(eventName, part)) return true;
    return hasValue(attributes, part) || hasValue(resource, part);
  };
}

function hasValue(members: Readonly<Record<string, unknown>>, part: string): boolean {
  for (const name in members) if (contains(members[name], part)) return true;
  return false;
}

function contains(value: unknown, part: string): boolean {
  if (typeof value === 'string') return value.toLowerCase().includes(part);
  if (typeof value === 'number' || typeof value === 'bigint') return String(value) === part;
  return Array.isArray(value) && value.some((item) => contains(item, part));
}

/** The value as text, each item of a list; none where there is no such attribute. */
function valuesOf({ attributes, resource }: SearchedRecord, name: string): string[] {
  const value = Object.hasOwn(attributes, name)
    ? attributes[name]
    : Object.hasOwn(resource, name)
      ? resource[name]
      : [];
  return (Array.isArray(value) ? value : [value]).map(String);
}
