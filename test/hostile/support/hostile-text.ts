// Texts that a client sends to be taken for something else by what reads logs.

/** Numbers from a seed: mulberry32, whose runs are the same everywhere. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** An integer from 0 up to `limit`, exclusive. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  oneOf<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }
}

/** Names that a receiver or its user gives a meaning to, among them those of Loki itself. */
const KEYS = [
  ...['level', 'detected_level', 'severity', 'msg', 'time', 'ts', 'trace_id', 'status_code', 'path', 'ip'],
  ...['__error__', '__error_details__', '__preserve_error__', '__proto__', 'service_name', 'a', '日', ''],
  ...['/_error__', '/_error_?', '/?_error__', '/level', 'x[level]', '(level)', '{level}', 'a.b-c'],
];
const VALUES = ['fatal', '1', '', 'a b', '"', '{}', '200', 'x=y', '日本', '\\'];
const WORDS = [
  'GET',
  '/',
  'a',
  'HTTP/1.1',
  'curl/8.5.0',
  '-',
  '200',
  '5B',
  '1.0ms',
  'ü',
  '日本語',
  'Mozilla/5.0 (X11)',
];
const PUNCTUATION = [...' /?#&;=%"\'\\{}[]()<>|:,.-_*@!$`^~+'];
const CLF = [
  ...[
    '" 200 5 "-" "x',
    '" "',
    '"',
    '\\" \\"',
    '\\',
    '\\\\',
    '\\x22',
    '\\"',
    '] "',
    ' HTTP/1.1" 500 0',
    '" - - "',
  ],
  '1.2.3.4 - - [23/Nov/2026:18:05:09 +0000] "GET /forged HTTP/1.1" 200 5 "-" "x"',
];
const ANSI = [
  ...[
    '\x1b[31m',
    '\x1b[2J\x1b[H',
    '\x1b]0;title\x07',
    '\x1bP1$r\x1b\\',
    '\x1b[?1049h',
    '\x1b[1A\x1b[2K',
    '\x1bc',
  ],
  ...[
    '\x9b31m',
    '\x9d0;x\x9c',
    '\x90',
    '\b\b\b',
    '\x7f',
    '\x0e',
    '\0',
    '\t',
    '\x1b',
    '\x1b]8;;http://x\x1b\\',
  ],
  ...['\xc2\x9b31m', '%1b[31m', '%9b', '\\x1b[31m', '\\u001b[31m', '\\033[31m'],
];
const LINE_BREAKS = [
  ...['\r\n', '\n', '\r', '\v', '\f', '\x1c', '\x1e', '\x85', '\u2028', '\u2029', '\xc2\x85', '\xe2\x80\xa8'],
  ...['%0d%0a', '%0D%0A', '%0A', '%250d%250a', '%u000a', '%c0%8a', '%E2%80%A8', '%C2%85', '\\r\\n', '\\n'],
  ...['\\u000a', '\\u2028', '&#10;', '&NewLine;', '嘊嘍', '=0D=0A', '\u240a'],
];
const UNSEEN = [
  // Directions: embeddings, overrides, isolates, marks.
  ...[
    '\u202a',
    '\u202b',
    '\u202c',
    '\u202d',
    '\u202e',
    '\u2066',
    '\u2067',
    '\u2068',
    '\u2069',
    '\u200e',
    '\u200f',
  ],
  ...['\u061c', '\xe2\x80\xae', '%E2%80%AE'],
  // Of no width, joiners, fillers, variation selectors, tags, blanks that are no space.
  ...[
    '\u200b',
    '\u200c',
    '\u200d',
    '\u2060',
    '\u2063',
    '\ufeff',
    '\xad',
    '\u034f',
    '\u115f',
    '\u3164',
    '\uffa0',
  ],
  ...['\u180e', '\ufe0f', '\u{e0100}', '\u{e0001}', '\u{e006c}\u{e0065}', '\u{1d173}', '\u206a', '\ufff9'],
  ...['\xa0', '\u1680', '\u2003', '\u202f', '\u205f', '\u3000', '\ud83d', '\ude00', '\ufffe', '\uffff'],
];
/** What masking finds. */
const SECRETS = [
  ...[
    '4012888888881881',
    '4012-8888-8888-1881',
    '13712345678',
    'jane.roe@mail.example',
    '11010519491231002X',
  ],
  ...['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3MjQxIn0.dBjftJeZ4CVPmB92K27uhb', 'Bearer mF_9.B5f-4.1JqM88xxkdoep'],
  ...[
    'token=x',
    'sid=1',
    'code=a%20b',
    'ORD-87651234',
    'http://me:pass@h/x?token=y',
    'ghp_16C7e42F292c6912E7710c838347',
  ],
];

function json(dice: Dice, depth: number): string {
  switch (dice.below(depth > 2 ? 3 : 6)) {
    case 0:
      return dice.oneOf(['1', 'null', 'true', '-0.5e3', '""']);
    case 1:
      return JSON.stringify(dice.oneOf(VALUES));
    case 2:
      return dice.oneOf(['{', '}', '}}', '","', '"}', '{"', '":"', '\\"', '\\u0022', '",', '[', ']', '{}']);
    case 3:
      return `[${json(dice, depth + 1)},${json(dice, depth + 1)}]`;
    case 4:
      return `","${dice.oneOf(KEYS)}":"${dice.oneOf(VALUES)}`;
    default:
      return `{${JSON.stringify(dice.oneOf(KEYS))}:${json(dice, depth + 1)}}`;
  }
}

function logfmt(dice: Dice): string {
  const before = dice.oneOf([' ', '', '\t', '\n', '\u3000', '"', ' "', '+', '%20', '\x1f']);
  const value = dice.oneOf(VALUES);
  return `${before}${dice.oneOf(KEYS)}=${dice.below(3) === 0 ? JSON.stringify(value) : value}${dice.oneOf(['', ' ', '"'])}`;
}

function piece(dice: Dice): string {
  switch (dice.below(10)) {
    case 0:
    case 1:
      return json(dice, 0);
    case 2:
    case 3:
      return logfmt(dice);
    case 4:
      return dice.oneOf(CLF);
    case 5:
      return dice.oneOf(ANSI);
    case 6:
      return dice.oneOf(LINE_BREAKS);
    case 7:
      return dice.oneOf(UNSEEN);
    case 8:
      return dice.below(3) === 0 ? dice.oneOf(SECRETS) : dice.oneOf(WORDS);
    default:
      return dice.oneOf(PUNCTUATION);
  }
}

/** A text of up to six pieces of the grammars; rarely one that is too long for its attribute. */
export function hostileText(dice: Dice): string {
  let text = '';
  for (let left = dice.below(7); left > 0; left--) text += piece(dice);
  return dice.below(500) === 0 ? text.repeat(dice.below(200)) : text;
}

/** A request target in any of its forms (RFC 9112 section 3.2), or what is none. */
export function hostileTarget(dice: Dice): string {
  switch (dice.below(12)) {
    case 0:
      return `http://${hostileText(dice)}@h/${hostileText(dice)}`;
    case 1:
      return dice.oneOf([
        '*',
        '',
        'a=b:443',
        'level=fatal:1',
        '[::1]:443',
        '/_error__=x',
        '/?level=fatal',
        '/a=b',
      ]);
    case 2:
      return hostileText(dice);
    case 3:
    case 4:
    case 5:
      return `/${dice.oneOf(WORDS)}?${hostileText(dice)}`;
    default:
      return `/${hostileText(dice)}`;
  }
}
