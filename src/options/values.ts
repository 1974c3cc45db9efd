import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import * as v from 'valibot';
import { isPathRule } from './path-rules.ts';

/** A kind of value: how it is validated, described in messages, and read from an environment variable. */
export interface Value<T> {
  /** Validates a value from code, or what `parse` made of a text. Its output may be its input again. */
  readonly schema: v.GenericSchema<unknown, T>;
  /** What belongs after "expected". */
  readonly expected: string;
  /** From an environment variable, not blank. What it cannot read it hands on as it is, for `schema` to refuse. */
  readonly parse: (text: string) => unknown;
}

/** Node's timers fire at once when they are given more milliseconds than this. */
export const MAX_TIMER_MS: number = 2 ** 31 - 1;

/** Networks that have a name in `trustedProxies`. */
const NETWORK_NAMES: readonly string[] = ['loopback', 'linklocal', 'uniquelocal', 'cloudflare'];

// RFC 9110 section 5.6.2
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

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
    expected: `a number ≥ ${min}`,
    parse: parseNumber,
  };
}

/** A whole number from `min` up. */
export function integer(min: number): Value<number> {
  return {
    schema: v.pipe(v.number(), v.safeInteger(), v.minValue(min)),
    expected: `a whole number ≥ ${min}`,
    parse: parseNumber,
  };
}

/** Milliseconds that a timer can wait. */
export const timerMs: Value<number> = {
  schema: v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(MAX_TIMER_MS)),
  expected: `a number from 0 to ${MAX_TIMER_MS}`,
  parse: parseNumber,
};

/** One of the words, in lower case; in the environment in any case, as the specification wants it. */
export function oneOf<const Word extends string>(words: readonly Word[]): Value<Word> {
  return {
    schema: v.picklist(words),
    expected: `one of ${words.join(', ')}`,
    parse: (text) => text.trim().toLowerCase(),
  };
}

function listOf(item: v.GenericSchema<unknown, string>, expected: string): Value<readonly string[]> {
  return { schema: v.pipe(v.array(item), v.readonly()), expected, parse: splitList };
}

export const headerNames: Value<readonly string[]> = listOf(
  v.pipe(v.string(), v.regex(TOKEN), v.toLowerCase()),
  'a list of header names',
);

/**
 * A name, an address, or a CIDR. `isIP` is strict where ipaddr.js is not: `10` or `010.0.0.1` mean different networks
 * to different readers.
 */
function isNetwork(text: string): boolean {
  if (NETWORK_NAMES.includes(text)) return true;
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

export const networks: Value<readonly string[]> = listOf(
  v.pipe(v.string(), v.toLowerCase(), v.check(isNetwork)),
  `a list of IP addresses, CIDRs or the names ${NETWORK_NAMES.join(', ')}`,
);

export const pathRules: Value<readonly string[]> = listOf(
  v.pipe(v.string(), v.check(isPathRule)),
  'a list of "[METHOD ]glob", the glob beginning with / or *',
);
