import fc from 'fast-check';
import type { DetectorName } from '../../../../src/options/groups/privacy-options.ts';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';

function textOf(characters: string, minLength: number, maxLength = minLength): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...characters), { minLength, maxLength }).map((chosen) => chosen.join(''));
}

/** The digit that makes a card number right. */
export function luhnDigit(digits: string): string {
  let sum = 0;
  for (const [index, digit] of [...digits].reverse().entries()) {
    const value = index % 2 === 0 ? 2 * Number(digit) : Number(digit);
    sum += value > 9 ? value - 9 : value;
  }
  return String((10 - (sum % 10)) % 10);
}

/** The last character of a Chinese identity number. */
export function idDigit(digits: string): string {
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const sum = weights.reduce((total, weight, index) => total + weight * Number(digits[index]), 0);
  return '10X98765432'[sum % 11] ?? '';
}

const jwt = fc
  .tuple(
    fc.record({ alg: fc.constantFrom('HS256', 'RS256', 'none'), kid: textOf(LETTERS, 1, 8) }),
    fc.record({ sub: textOf(LETTERS + DIGITS, 1, 12) }),
    textOf(`${LETTERS + DIGITS}-_`, 20, 43),
  )
  .map(([header, claims, signature]) =>
    [header, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .concat(signature)
      .join('.'),
  );

const card = fc
  .constantFrom(
    ...(['411111:16', '400000:19', '222155:16', '545454:16', '371449:15', '601100:16'] as const),
    ...(['622202:19', '621700:16', '353011:16', '305693:14', '675964:16'] as const),
  )
  .chain((form) => {
    const [iin = '', length = ''] = form.split(':');
    return textOf(DIGITS, Number(length) - iin.length - 1).map((rest) => iin + rest);
  })
  .map((digits) => digits + luhnDigit(digits));

const id = fc
  .record({
    region: fc.constantFrom('110105', '310101', '440305', '513231', '650102'),
    year: fc.integer({ min: 1930, max: 2020 }),
    month: fc.integer({ min: 1, max: 12 }),
    day: fc.integer({ min: 1, max: 28 }),
    order: textOf(DIGITS, 3),
  })
  .map(({ region, year, month, day, order }) => {
    const two = (value: number) => String(value).padStart(2, '0');
    const digits = `${region}${year}${two(month)}${two(day)}${order}`;
    return digits + idDigit(digits);
  });

const key = fc.oneof(
  textOf('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16).map((rest) => `AKIA${rest}`),
  textOf(LETTERS + DIGITS, 36).map((rest) => `ghp_${rest}`),
  textOf(LETTERS + DIGITS, 24).map((rest) => `sk_live_${rest}`),
  textOf(LETTERS + DIGITS, 20).map((rest) => `glpat-${rest}`),
  textOf(LETTERS + DIGITS, 35).map((rest) => `AIza${rest}`),
  textOf(LETTERS, 34).map((rest) => `hf_${rest}`),
  textOf(LETTERS + DIGITS, 36).map((rest) => `npm_${rest}`),
);

/** What each detector is for. The first part is no secret: a scheme. */
export const SECRETS: Readonly<
  Record<DetectorName, fc.Arbitrary<readonly [scheme: string, secret: string]>>
> = {
  jwt: jwt.map((secret) => ['', secret] as const),
  bearer: fc.tuple(
    fc.constantFrom('Bearer ', 'bearer ', 'BASIC '),
    textOf(LETTERS + DIGITS, 12, 40).map((token) => `${token}9`),
  ),
  key: key.map((secret) => ['', secret] as const),
  card: card.map((secret) => ['', secret] as const),
  email: fc
    .tuple(textOf(`${LETTERS + DIGITS}_`, 6, 20), textOf(LETTERS, 3, 12))
    .map(([local, domain]) => ['', `${local}@${domain}.example`] as const),
  phone: textOf(DIGITS, 10, 13).map((rest) => ['', `+4${rest}`] as const),
  'phone-cn': fc
    .tuple(fc.constantFrom('3', '5', '7', '8', '9'), textOf(DIGITS, 9))
    .map(([second, rest]) => ['', `1${second}${rest}`] as const),
  'id-cn': id.map((secret) => ['', secret] as const),
};

/** The ways in which a text may be written in a request. */
export const FORMS: Readonly<Record<string, (text: string) => string>> = {
  raw: (text) => text,
  'percent-encoded': (text) => encodeURIComponent(text),
  'percent-encoded as a whole': (text) => [...Buffer.from(text)].map(encodeByte).join(''),
  'full-width': toFullWidth,
  'full-width, percent-encoded': (text) => encodeURIComponent(toFullWidth(text)),
  'full-width, as Node gives raw bytes': (text) => Buffer.from(toFullWidth(text)).toString('latin1'),
};

function toFullWidth(text: string): string {
  return text.replaceAll(/[!-~]/g, (character) => String.fromCharCode(character.charCodeAt(0) + 0xfee0));
}

function encodeByte(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}
