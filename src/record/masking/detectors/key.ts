import { BASE64URL, CHARACTERS, DOMAIN, LETTER_OR_DIGIT } from '../characters.ts';
import type { Window } from '../window.ts';
import type { Match, PairDetector } from './detector.ts';

interface KeyForm {
  readonly prefix: Uint8Array;
  /** Place in the prefix of the second character of the pair by which the key is found. */
  readonly pairAt: number;
  /** What follows the prefix: characters of one of these kinds, at least so many. */
  readonly body: number;
  readonly minLength: number;
}

const DOTTED: number = BASE64URL | DOMAIN;
/** `body` of the form whose key goes on to `-----END`. */
const PEM = 0;

/**
 * Keys that a prefix tells apart. Whatever of the same characters follows belongs to the key: providers make longer
 * ones from time to time.
 *
 * Lengths are those of the pages below, else of the rules of https://github.com/gitleaks/gitleaks.
 */
const FORMS: readonly KeyForm[] = [
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
  ...formsOf(['AKIA', 'ASIA', 'ABIA'], 2, LETTER_OR_DIGIT, 16),
  // https://cloud.google.com/docs/authentication/api-keys
  ...formsOf(['AIza'], 1, BASE64URL, 35),
  // https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github
  ...formsOf(['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'], 3, LETTER_OR_DIGIT, 36),
  ...formsOf(['github_pat_'], 6, BASE64URL, 40),
  // https://docs.gitlab.com/security/tokens/#token-prefixes
  ...formsOf(['glpat-'], 5, DOTTED, 20),
  // https://docs.stripe.com/keys
  ...formsOf(['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_'], 2, LETTER_OR_DIGIT, 10),
  // https://docs.slack.dev/authentication/tokens
  ...formsOf(['xoxa-', 'xoxb-', 'xoxe-', 'xoxp-', 'xoxr-', 'xoxs-', 'xapp-'], 4, BASE64URL, 10),
  // https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys
  ...formsOf(['SG.'], 1, DOTTED, 32),
  // https://github.blog/changelog/2021-09-23-npm-has-a-new-access-token-format/
  ...formsOf(['npm_'], 3, LETTER_OR_DIGIT, 36),
  // https://huggingface.co/docs/hub/security-tokens
  ...formsOf(['hf_'], 2, LETTER_OR_DIGIT, 30),
  // https://docs.anthropic.com/en/api/overview, https://platform.openai.com/docs/api-reference/authentication
  ...formsOf(['sk-ant-', 'sk-proj-'], 2, BASE64URL, 20),
  // RFC 7468
  ...formsOf(['-----BEGIN'], 7, PEM, 0),
];

const PRIVATE_KEY = codesOf('PRIVATE KEY');
const PEM_END = codesOf('-----END');
/** What stands before it, as in `ENCRYPTED PRIVATE KEY`. */
const MAX_LABEL = 32;
const HYPHEN = 0x2d;
const PLUS = 0x2b;
const SPACE = 0x20;

/** The forms by the numbers of their pairs. */
const FORMS_BY_PAIR: ReadonlyMap<number, readonly KeyForm[]> = new Map(
  FORMS.map(pairOf).map((pair) => [pair, FORMS.filter((form) => pairOf(form) === pair)]),
);
const NONE: readonly KeyForm[] = [];

/** Keys of cloud providers, code hosts and payment services, and private keys in PEM. */
export class KeyDetector implements PairDetector {
  readonly pairs: readonly string[] = [...FORMS_BY_PAIR.keys()].map((pair) =>
    String.fromCharCode(pair >> 8, pair & 0xff),
  );

  suspects(text: string, at: number): boolean {
    const forms = formsAt(text.charCodeAt(at - 1), text.charCodeAt(at));
    for (let index = 0; index < forms.length; index++) {
      const form = forms[index];
      if (form !== undefined && isIn(text, at - form.pairAt, form.prefix)) return true;
    }
    return false;
  }

  find(window: Window, at: number, from: number, match: Match): boolean {
    const { codes, length, isCut } = window;
    const forms = formsAt(codes[at - 1] ?? 0, codes[at] ?? 0);
    for (let index = 0; index < forms.length; index++) {
      const form = forms[index];
      if (form === undefined || !isAt(codes, at - form.pairAt, form.prefix)) continue;
      const { prefix, body, minLength } = form;
      const start = at - form.pairAt;
      if (start < from) continue;
      match.start = start;
      if (body === PEM) {
        match.end = endOfPrivateKey(window, start + prefix.length);
        if (match.end !== 0) return true;
        continue;
      }
      if (((CHARACTERS[codes[start - 1] ?? 0] ?? 0) & LETTER_OR_DIGIT) !== 0) continue;
      const bodyStart = start + prefix.length;
      let end = bodyStart;
      while (((CHARACTERS[codes[end] ?? 0] ?? 0) & body) !== 0) end++;
      match.end = end;
      if (end - bodyStart >= minLength || (end === length && isCut)) return true;
    }
    return false;
  }
}

/** The end of the line that ends the key, else of the text; 0 where what begins is no private key. */
function endOfPrivateKey(window: Window, start: number): number {
  const { codes, length, isCut } = window;
  let at = start;
  while (at - start < MAX_LABEL && isLabel(codes[at] ?? 0) && !isAt(codes, at, PRIVATE_KEY)) at++;
  if (at === length && isCut) return length;
  if (!isAt(codes, at, PRIVATE_KEY)) return 0;
  for (at += PRIVATE_KEY.length; at < length; at++) {
    if (codes[at] !== HYPHEN || !isAt(codes, at, PEM_END)) continue;
    at += PEM_END.length;
    while (at < length && codes[at] !== HYPHEN) at++;
    while (codes[at] === HYPHEN) at++;
    return at;
  }
  return length;
}

function isIn(text: string, start: number, expected: Uint8Array): boolean {
  for (let index = 0; index < expected.length; index++)
    if (text.charCodeAt(start + index) !== expected[index]) return false;
  return true;
}

function isLabel(code: number): boolean {
  return code === SPACE || code === PLUS || (code >= 0x41 && code <= 0x5a);
}

function isAt(codes: Uint8Array, start: number, expected: Uint8Array): boolean {
  for (let index = 0; index < expected.length; index++) {
    const code = codes[start + index];
    // A space may be a `+` in a query.
    if (code !== expected[index] && !(code === PLUS && expected[index] === SPACE)) return false;
  }
  return true;
}

function formsAt(before: number, code: number): readonly KeyForm[] {
  return FORMS_BY_PAIR.get((before << 8) | code) ?? NONE;
}

function pairOf({ prefix, pairAt }: KeyForm): number {
  return ((prefix[pairAt - 1] ?? 0) << 8) | (prefix[pairAt] ?? 0);
}

function formsOf(prefixes: readonly string[], pairAt: number, body: number, minLength: number): KeyForm[] {
  return prefixes.map((prefix) => ({ prefix: codesOf(prefix), pairAt, body, minLength }));
}

function codesOf(word: string): Uint8Array {
  return Uint8Array.from(word, (character) => character.charCodeAt(0));
}
