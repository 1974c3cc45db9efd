/**
 * Addresses and CIDRs as the option `trustedProxies` takes them, for a JSON Schema: without flags, and without `net`
 * to ask. What the option takes is decided in `values.ts`; a test holds this against it.
 */
const IPV4_PART = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = `(?:${IPV4_PART}\\.){3}${IPV4_PART}`;
const GROUP = '[\\da-fA-F]{1,4}';

/** `::` once at the most, and the last two groups perhaps as IPv4 (RFC 4291 section 2.2). */
const IPV6 = [
  `(?:${GROUP}:){7}(?:${GROUP}|:)`,
  `(?:${GROUP}:){6}(?:${IPV4}|:${GROUP}|:)`,
  ...[5, 4, 3, 2, 1, 0].map(compressedAfter),
].join('|');

/** With `::` after so many groups. */
function compressedAfter(groups: number): string {
  const before = groups === 0 ? ':' : `(?:${GROUP}:){${groups}}`;
  return `${before}(?:(?::${GROUP}){0,${5 - groups}}:${IPV4}|(?::${GROUP}){1,${7 - groups}}|:)`;
}

/**
 * `::ffff:0:0/96`, in all its spellings (RFC 4291 section 2.5.5.2), and `::1.2.3.4`, which ipaddr.js takes for one of
 * them.
 */
const MAPPED = mappedPattern();

function mappedPattern(): string {
  const zero = '0{1,4}:';
  const heads = [0, 1, 2, 3, 4].map(
    (groups) => `${groups === 0 ? ':' : `(?:${zero}){${groups}}`}:(?:${zero}){0,${4 - groups}}`,
  );
  const all = `(?:${zero}){5}`;
  const mark = '[fF]{4}';
  const spellings = [
    `(?:${[all, ...heads].join('|')})${mark}:(?:${IPV4}|${GROUP}:${GROUP})`,
    // Where the one `::` comes after the mark.
    `${all}${mark}:(?::(?:${GROUP})?|${GROUP}::)`,
    `::${IPV4}`,
  ];
  return `(?:${spellings.join('|')})`;
}

/** Prefix lengths are up to three digits. */
const UP_TO_32 = '(?:0{0,2}\\d|0?[12]\\d|0?3[0-2])';
const UP_TO_95 = '(?:0{0,2}\\d|0?[1-8]\\d|0?9[0-5])';
const UP_TO_128 = '(?:0{0,2}\\d|0?\\d\\d|1[01]\\d|12[0-8])';

export const NETWORK_PATTERN: string =
  `^(?:${IPV4}(?:/${UP_TO_32})?|` + `(?!${MAPPED}/${UP_TO_95}$)(?:${IPV6})(?:/${UP_TO_128})?)$`;
