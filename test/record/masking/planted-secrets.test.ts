import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { DetectorName } from '../../../src/options/groups/privacy-options.ts';
import { SCANNED_LENGTH } from '../../../src/record/masking/window.ts';
import { ALL, masked } from './support/masked.ts';
import { FORMS, SECRETS } from './support/secrets.ts';

/** Between a secret and what is beside it, so that it stands alone. */
const BEFORE = ['', '/', '=', '&', ',', '"', '中', '%2F', '%E4%B8%AD', '|', '\u{1f600}', '(', ';', '_', '~'];
/** None of them can be a part of a token. */
const AFTER = ['', '&', ',', '"', '中', '%22', '%E4%B8%AD', '|', '\u{1f600}', ']', ';'];
const harmless = fc
  .array(
    fc.constantFrom('a', 'orders', '42', 'é', '中', '\u{1f600}', '%', '%2', '%25', '&q=', ' ', '\0', '.'),
    {
      maxLength: 12,
    },
  )
  .map((pieces) => pieces.join(''));

describe('a planted secret', () => {
  for (const detector of ALL)
    for (const [form, write] of Object.entries(FORMS))
      test(`${detector}, ${form}, is masked, and nothing else is`, () => {
        fc.assert(
          fc.property(
            SECRETS[detector],
            harmless,
            harmless,
            fc.constantFrom(...(detector === 'email' ? BEFORE.filter((left) => left !== '_') : BEFORE)),
            fc.constantFrom(...AFTER),
            ([scheme, secret], before, after, left, right) => {
              const start = `${left === '' ? '' : before}${left}${write(scheme)}`;
              const end = `${right}${right === '' ? '' : after}`;
              const written = write(secret);
              assert.equal(
                masked(start + written + end, [detector]),
                start + '*'.repeat(written.length) + end,
              );
            },
          ),
          { numRuns: 60 },
        );
      });

  for (const detector of ALL)
    for (const [form, write] of Object.entries(FORMS))
      test(`${detector}, ${form}, is masked where the end of the window cuts it, at every offset`, () => {
        const [scheme, secret] = fc.sample(SECRETS[detector], { numRuns: 1, seed: 7 })[0] ?? ['', ''];
        const written = write(secret);
        const start = write(scheme);
        for (let inWindow = 1; inWindow <= written.length; inWindow++) {
          const filling = '/'.repeat(SCANNED_LENGTH - inWindow - start.length);
          const text = `${filling}${start}${written}/and more`;
          const shown = masked(text, [detector]);
          assert.ok(shown !== undefined && shown.length <= SCANNED_LENGTH);
          const legible = shown.slice(filling.length + start.length).replaceAll('*', '');
          assert.ok(written.startsWith(legible), `${inWindow}: ${legible}`);
          assert.ok(isHarmless(legible, write, detector), `${inWindow} in the window: ${legible}`);
        }
      });

  test('the form that a detector asks for does not matter: ones of all forms in one text', () => {
    const samples = ALL.flatMap((detector) =>
      fc.sample(SECRETS[detector], { numRuns: 1, seed: 11 }).map(([scheme, secret]) => ({ scheme, secret })),
    );
    const text = samples.map(({ scheme, secret }) => scheme + secret).join('&');
    assert.equal(
      masked(text),
      samples.map(({ scheme, secret }) => scheme + '*'.repeat(secret.length)).join('&'),
    );
  });
});

/** What tells the kind of a secret is no secret, nor is what does not complete its first character. */
const PREFIXES: Partial<Record<DetectorName, readonly string[]>> = {
  jwt: ['eyJ'],
  key: ['AKIA', 'ghp_', 'sk_live_', 'glpat-', 'AIza', 'hf_', 'npm_'],
  phone: ['+'],
};

function isHarmless(legible: string, write: (text: string) => string, detector: DetectorName): boolean {
  if (legible.length < write('4').length) return true;
  const prefixes = PREFIXES[detector] ?? [];
  return prefixes.some(
    (prefix) =>
      write(prefix).startsWith(legible.slice(0, write(prefix).length)) &&
      legible.length < write(`${prefix}4`).length,
  );
}
