import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { isPathRule, pathRuleText } from '../path/path-rules.ts';
import * as v from '../valibot.ts';
import { NETWORK_PATTERN } from './network-pattern.ts';

/** The keywords of JSON Schema (draft-07) that the options need. */
export interface JsonSchema {
  readonly type?: 'array' | 'boolean' | 'integer' | 'number' | 'string';
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly items?: JsonSchema;
  readonly maxItems?: number;
  readonly anyOf?: readonly JsonSchema[];
}

/** A kind of value: how it is validated, described in messages, and read from an environment variable. */
export interface Value<T> {
  /** Validates a value from code, or what `parse` made of a text. Its output may be its input again. */
  readonly schema: v.GenericSchema<unknown, T>;
  /** The same values for the configuration file's JSON Schema. */
  readonly jsonSchema: JsonSchema;
  /** What belongs after "expected". */
  readonly expected: string;
  /** Reads the text of an environment variable, not blank. A text that it cannot read is returned, for `schema` to refuse. */
  readonly parse: (text: string) => unknown;
}

/** Node's timers fire at once when they are given more milliseconds than this. */
export const MAX_TIMER_MS: number = 2 ** 31 - 1;

/** What has a name in `trustedProxies`: networks, and the peers of Unix domain sockets. */
const NETWORK_NAMES: readonly string[] = ['loopback', 'linklocal', 'uniquelocal', 'cloudflare', 'unix'];

const NETWORK_NAME = new RegExp(`^(?:${NETWORK_NAMES.join('|')})$`, 'i');

// RFC 9110 section 5.6.2
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Hops that can be trusted by their number: bounds the entries of a header that are read. */
export const MAX_HOPS = 64;

/** Headers in which proxies pass on the scheme, host and port that the client asked for. */
const ORIGIN_HEADERS: readonly string[] = [
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-port',
  'forwarded',
];

/** Is it a token (RFC 9110 section 5.6.2), and so a possible header name? */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** Items of a comma list, trimmed; empty ones are left out. */
export function splitList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

export const boolean: Value<boolean> = {
  schema: v.boolean(),
  jsonSchema: { type: 'boolean' },
  expected: 'true or false',
  parse(text) {
    // The specification wants exactly these two, in any case (configuration/common.md, "Boolean").
    const lower = text.trim().toLowerCase();
    return lower === 'true' ? true : lower === 'false' ? false : text;
  },
};

const parseNumber = (text: string): unknown => Number(text);

/** A finite number from `min` up. */
export function number(min: number): Value<number> {
  return {
    schema: v.pipe(v.number(), v.finite(), v.minValue(min)),
    jsonSchema: { type: 'number', minimum: min },
    expected: `a number ≥ ${min}`,
    parse: parseNumber,
  };
}

/** A part of a whole: more than 0, up to 1. */
export const fraction: Value<number> = {
  schema: v.pipe(v.number(), v.minValue(0.001), v.maxValue(1)),
  jsonSchema: { type: 'number', minimum: 0.001, maximum: 1 },
  expected: 'a number from 0.001 to 1',
  parse: parseNumber,
};

/** A whole number from `min` up, to `max` where there is one. */
export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): Value<number> {
  return {
    schema: v.pipe(v.number(), v.safeInteger(), v.minValue(min), v.maxValue(max)),
    jsonSchema: { type: 'integer', minimum: min, maximum: max },
    expected:
      max < Number.MAX_SAFE_INTEGER ? `a whole number from ${min} to ${max}` : `a whole number ≥ ${min}`,
    parse: parseNumber,
  };
}

/** Path of a file; empty for none. */
export const filePath: Value<string> = {
  schema: v.string(),
  jsonSchema: { type: 'string' },
  expected: 'the path of a file',
  parse: (text) => text.trim(),
};

/** Path of a directory; empty for none. */
export const directoryPath: Value<string> = {
  ...filePath,
  // Its own: the doctor hides what may be the contents of a file, which a directory has not.
  schema: v.string(),
  expected: 'the path of a directory',
};

/** Milliseconds that a timer can wait. */
export const timerMs: Value<number> = {
  schema: v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(MAX_TIMER_MS)),
  jsonSchema: { type: 'number', minimum: 0, maximum: MAX_TIMER_MS },
  expected: `a number from 0 to ${MAX_TIMER_MS}`,
  parse: parseNumber,
};

/** One of the words, in lower case; in the environment in any case, as the specification wants it. */
export function oneOf<const Word extends string>(words: readonly Word[]): Value<Word> {
  return {
    schema: v.picklist(words),
    jsonSchema: { enum: words },
    expected: `one of ${words.join(', ')}`,
    parse: (text) => text.trim().toLowerCase(),
  };
}

/** Items of a list: each request, or each connection, may be compared with all of them. */
export const MAX_ITEMS = 1000;

function listOf(
  item: v.GenericSchema<unknown, string>,
  items: JsonSchema,
  expected: string,
): Value<readonly string[]> {
  return {
    // The length first: items of a list that is too long are not looked at.
    schema: v.pipe(v.array(v.unknown()), v.maxLength(MAX_ITEMS), v.array(item), v.readonly()),
    jsonSchema: { type: 'array', items, maxItems: MAX_ITEMS },
    expected,
    parse: splitList,
  };
}

export const headerNames: Value<readonly string[]> = listOf(
  v.pipe(v.string(), v.regex(TOKEN), v.toLowerCase()),
  { type: 'string', pattern: TOKEN.source },
  'a list of header names',
);

/**
 * A name, an address, or a CIDR. `isIP` is strict where ipaddr.js is not: `10` or `010.0.0.1` mean different networks
 * to different readers.
 */
function isNetwork(text: string): boolean {
  if (NETWORK_NAME.test(text)) return true;
  const [host = '', prefixLength, ...rest] = text.split('/');
  // A zone names an interface of one machine; a peer cannot be compared with it.
  if (isIP(host) === 0 || host.includes('%') || rest.length > 0) return false;
  if (prefixLength === undefined) return true;
  const address = ipaddr.parse(host);
  const bits = address.kind() === 'ipv4' ? 32 : 128;
  // An IPv4-mapped network stands for one of IPv4, so it is of the last 32 bits.
  const least = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? 96 : 0;
  return /^\d{1,3}$/.test(prefixLength) && Number(prefixLength) >= least && Number(prefixLength) <= bits;
}

/** One of the words in any case, as a JSON Schema has it: the words first, for an editor to propose. */
function wordsInAnyCase(words: readonly string[]): readonly JsonSchema[] {
  return [{ enum: words }, { type: 'string', pattern: `^(?:${words.map(inAnyCase).join('|')})$` }];
}

/** Pattern of a word in any case: JSON Schema has no flags. */
function inAnyCase(word: string): string {
  return word.replaceAll(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}

const networks: Value<readonly string[]> = listOf(
  v.pipe(v.string(), v.check(isNetwork), v.toLowerCase()),
  { anyOf: [...wordsInAnyCase(NETWORK_NAMES), { type: 'string', pattern: NETWORK_PATTERN }] },
  `a list of IP addresses, CIDRs or the names ${NETWORK_NAMES.join(', ')}`,
);

const hops = integer(0, MAX_HOPS);

/** Who is trusted: by address or by name, or so many hops, which is one number alone (as `trust proxy` of Express). */
export const proxies: Value<readonly string[] | number> = {
  schema: v.lazy((input) => (typeof input === 'number' ? hops.schema : networks.schema)),
  jsonSchema: { anyOf: [networks.jsonSchema, hops.jsonSchema] },
  expected: `${networks.expected}, or ${hops.expected} alone, the number of hops`,
  parse: (text) => (/^\s*\d+\s*$/.test(text) ? hops.parse(text) : networks.parse(text)),
};

export const originHeaders: Value<readonly string[]> = listOf(
  v.pipe(v.string(), v.toLowerCase(), v.picklist(ORIGIN_HEADERS)),
  { anyOf: wordsInAnyCase(ORIGIN_HEADERS) },
  `a list of ${ORIGIN_HEADERS.join(', ')}`,
);

/** A list of the words, in lower case; in the environment in any case. */
export function listOfWords<const Word extends string>(
  words: readonly Word[],
  what: string,
): Value<readonly Word[]> {
  return {
    schema: v.pipe(v.array(v.unknown()), v.maxLength(MAX_ITEMS), v.array(v.picklist(words)), v.readonly()),
    jsonSchema: { type: 'array', items: { enum: words }, maxItems: MAX_ITEMS },
    expected: `${what}: ${words.join(', ')}`,
    parse: (text) => splitList(text.toLowerCase()),
  };
}

/** The same list, which the word `off` leaves empty in the environment. */
export function orOff<T extends readonly string[]>(list: Value<T>): Value<T> {
  return { ...list, parse: (text) => (/^\s*off\s*$/i.test(text) ? [] : list.parse(text)) };
}

/** `field`, or a cookie, header or member of baggage by its name (RFC 9110 token). */
const IDENTITY_SOURCE = /^(?:field|(?:cookie|header|baggage):[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256})$/;

export const identitySources: Value<readonly string[]> = sourcesLike(
  IDENTITY_SOURCE,
  'a list of field, cookie:NAME, header:NAME, baggage:KEY',
);

const CREDENTIALS = ['authorization', 'proxy-authorization', 'cookie'].map(inAnyCase).join('|');

/** The same of what is shown as it is: not what is credentials as a whole. */
export const shownSources: Value<readonly string[]> = sourcesLike(
  new RegExp(`^(?!header:(?:${CREDENTIALS})$)${IDENTITY_SOURCE.source.slice(1)}`),
  `${identitySources.expected}, the header not one of credentials`,
);

function sourcesLike(source: RegExp, expected: string): Value<readonly string[]> {
  return listOf(v.pipe(v.string(), v.regex(source)), { type: 'string', pattern: source.source }, expected);
}

/** The name of a claim; with `=plain` it is written as it is. */
const CLAIM = /^[!-+\--<>-~]{1,64}(?:=plain)?$/;

export const claims: Value<readonly string[]> = listOf(
  v.pipe(v.string(), v.regex(CLAIM)),
  { type: 'string', pattern: CLAIM.source },
  'a list of names of claims, each with =plain after it or not',
);

export const pathRules: Value<readonly string[]> = listOf(
  v.pipe(v.string(), v.check(isPathRule)),
  { type: 'string', ...pathRuleText },
  'a list of "[METHOD ]glob", the glob beginning with / or *',
);

/** What of the traffic is recorded: a percentage, `shadow` (nothing, but counted), `sampled` (sampled traces). */
export const rollout: Value<number | 'shadow' | 'sampled'> = {
  schema: v.union([v.pipe(v.number(), v.minValue(0), v.maxValue(100)), v.picklist(['shadow', 'sampled'])]),
  jsonSchema: { anyOf: [{ type: 'number', minimum: 0, maximum: 100 }, { enum: ['shadow', 'sampled'] }] },
  expected: 'shadow, sampled, or a percentage from 0 to 100',
  parse(text) {
    const word = text.trim().toLowerCase();
    return /^[\d.]+$/.test(word) ? Number(word) : word;
  },
};

/** Any text, which is shown nowhere; empty for none. */
export const secretText: Value<string> = {
  schema: v.string(),
  jsonSchema: { type: 'string' },
  expected: 'a text',
  parse: (given) => given,
};

/** `name:value` of a header; empty for none. */
const HEADER_CONDITION = /^(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}:[!-~]{1,256})?$/;

export const headerCondition: Value<string> = {
  schema: v.pipe(v.string(), v.regex(HEADER_CONDITION)),
  jsonSchema: { type: 'string', pattern: HEADER_CONDITION.source },
  expected: 'the name of a header, a colon, and its value',
  parse: (given) => given.trim(),
};
