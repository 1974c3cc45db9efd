import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DetectorName } from '../../../../src/options/groups/privacy-options.ts';
import { masked } from '../support/masked.ts';

const HEADER = 'eyJhbGciOiJIUzI1NiJ9';
const CLAIMS = 'eyJzdWIiOiIxMjM0In0';
const SIGNATURE = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';

/** What stands in parentheses is to be masked; the parentheses are not a part of the text. */
function check(detector: DetectorName, marked: string): void {
  const text = marked.replaceAll(/[«»]/g, '');
  const expected = marked.replaceAll(/«([^»]*)»/g, (_, secret: string) => '*'.repeat(secret.length));
  assert.equal(masked(text, [detector]), expected, text);
}

describe('jwt', () => {
  for (const marked of [
    `«${HEADER}.${CLAIMS}.${SIGNATURE}»`,
    `token=«${HEADER}.${CLAIMS}.${SIGNATURE}»&x=1`,
    // Without a signature, or with an empty one (alg: none).
    `«${HEADER}.${CLAIMS}»`,
    `«${HEADER}.${CLAIMS}.»`,
    // Encrypted, with an empty key.
    `«${HEADER}..${SIGNATURE}.${SIGNATURE}.${SIGNATURE}» `,
    `id_«${HEADER}.${CLAIMS}.${SIGNATURE}»;`,
    `«${HEADER}.${CLAIMS}.${SIGNATURE}»,«${HEADER}.${CLAIMS}.${SIGNATURE}»`,
    `-«eyJ-${HEADER}.${CLAIMS}.x»`,
    // Base64 of JSON that is no token, letters before it, too short.
    `state=${HEADER}`,
    `x${HEADER}.${CLAIMS}.${SIGNATURE}`,
    'eyJab.eyJ.x',
    `${HEADER}.png`,
    'eyJeyJeyJeyJ',
  ])
    test(marked, () => check('jwt', marked));
});

describe('bearer', () => {
  for (const marked of [
    'Bearer «abc123»',
    'authorization: bearer «x»',
    'BEARER   «a.b~c+/==»',
    'h=Bearer+«abc»&x=1',
    'h=Bearer%20«abc%2Fdef%3D»&x=1',
    '"Bearer «abc»"',
    'Bearer\t«abc»',
    'h=Bearer%09«abc»&x=1',
    'Basic «dTpw»',
    'basic «YWxhZGRpbjpvcGVuc2VzYW1l», more',
    'Basic «dXNlcjpwYXNzd29yZA==».',
    'basic+plan+Bearer «abc123»',
    // A challenge, words, no token.
    'Bearer realm="shop", error="invalid_token"',
    'Basic realm="shop"',
    'q=basic+training+in+yoga',
    'Basic HTML and CSS',
    'a basic plan',
    'Bearer ',
    'Bearer "abc"',
    'forbearer abc',
    'Bearer:abc',
  ])
    test(marked, () => check('bearer', marked));
});

describe('key', () => {
  const body = '0123456789abcdefghijABCDEFGHIJ012345abcdefghij';
  for (const marked of [
    'id=«AKIAIOSFODNN7EXAMPLE»&x',
    '«ASIAIOSFODNN7EXAMPLE»',
    `«AIza${body.slice(0, 35)}»`,
    ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'npm_'].map((prefix) => `/«${prefix}${body.slice(0, 36)}»/`),
    `«github_pat_${body}_${body.slice(0, 20)}»`,
    `«glpat-${body.slice(0, 20)}»`,
    `«glpat-${body.slice(0, 20)}.01.abc»`,
    `«sk_live_${body.slice(0, 24)}» «rk_live_${body.slice(0, 24)}» «sk_test_${body.slice(0, 24)}»`,
    `«xoxb-123456789012-123456789012-${body.slice(0, 24)}»`,
    `«SG.${body.slice(0, 22)}.${body.slice(0, 43)}»`,
    `«hf_${body.slice(0, 34)}»`,
    `«sk-ant-api03-${body}»`,
    `«sk-proj-${body}»`,
    'k=«-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----»\n',
    'k=«-----BEGIN+PRIVATE+KEY-----%0AMIIE%0A-----END+PRIVATE+KEY-----»&x=1',
    'k=«-----BEGIN PGP PRIVATE KEY BLOCK-----\nMIIE, and no end»',
    // A certificate is public; too short; letters before it; other words of that form.
    '-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----',
    `ghp_${body.slice(0, 35)}`,
    `xghp_${body.slice(0, 36)}`,
    'AKIAIOSFODNN7EXAMPL',
    'utm_source=npm_package&x=hf_model&sk-spinner-three-bounce',
    'ghp_ghp_ghp_ghp_',
  ])
    test(JSON.stringify(marked), () => check('key', marked));
});

describe('email', () => {
  for (const marked of [
    '«john.doe@example.com»',
    'to=«john.doe+tag%40example.co.uk»&x=1',
    "mailto:«o'brien@example.com», «a@b.io».",
    'https://«user@host.example.com»/',
    '/users/«x@y.zz»/orders',
    '«a@b.com»中',
    // An image for a screen of high density, a version, a host, no domain.
    '/img/logo@2x.png',
    '/npm/@scope/package@1.2.3',
    'user@localhost',
    'user@10.0.0.1',
    '@example.com',
    'a@.com',
    'a@b.c',
    '@@@',
  ])
    test(marked, () => check('email', marked));
});
