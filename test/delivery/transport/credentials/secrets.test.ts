import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Secrets } from '../../../../src/delivery/transport/credentials/secrets.ts';
import { oneLine } from '../../../../src/delivery/transport/one-line.ts';
import { assertLinear } from '../../../hostile/support/growth.ts';

const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhY2Nlc3MtbG9nIn0.q7hV+/9w=_-x';
const PASSWORD = 'p@ss wörd&<"42">';
const BASIC = Buffer.from(`shop:${PASSWORD}`).toString('base64');

const secrets = Secrets.of({
  headers: {
    authorization: `Bearer ${TOKEN}`,
    'proxy-authorization': `Basic ${BASIC}`,
    'x-scope-orgid': 'the-shop-in-the-north',
    'x-short': 'abc',
  },
  url: 'https://collector.example/receiver/AbCdEfGh0123456789/v1/logs?key=t0psecretkey&zone=eu',
  proxy: 'http://me:pr0xyp%40ss@proxy:3128',
});

const chunked = (text: string, length: number): string =>
  text.replaceAll(new RegExp(`.{${length}}`, 'g'), '$&\n');

describe('what a receiver repeats of the secrets is hidden', () => {
  // Of Base64 a character may be left that says no more than two bits, and signs behind the last letter.
  const rows: readonly (readonly [name: string, told: string, hidden: string])[] = [
    ['as it is', `invalid token ${TOKEN}`, 'invalid token ***'],
    ['with its scheme', `invalid "Bearer ${TOKEN}"`, 'invalid "***"'],
    ['percent-encoded', `/retry?token=${encodeURIComponent(TOKEN)}&a=b`, '/retry?token=***&a=b'],
    [
      'percent-encoded in lower case',
      `token=${TOKEN.replaceAll('+', '%2b').replaceAll('/', '%2f').replaceAll('=', '%3d')}`,
      'token=***',
    ],
    [
      'as a form',
      `authorization=${encodeURIComponent(`Bearer ${TOKEN}`).replaceAll('%20', '+')}`,
      'authorization=***',
    ],
    [
      'escaped for JSON',
      JSON.stringify({ token: TOKEN }).replaceAll('/', '\\/').replaceAll('+', '\\u002b'),
      '{"token":"***="}'.replace('=', ''),
    ],
    [
      'escaped for HTML',
      `<b>${TOKEN.replaceAll('+', '&#43;').replaceAll('/', '&#x2f;').replaceAll('=', '&equals;')}</b>`,
      '<b>***</b>',
    ],
    ['in Base64', `header ${Buffer.from(TOKEN).toString('base64url')}`, 'header ***A'],
    [
      'in the Base64 of something',
      Buffer.from(`{"token":"${TOKEN}"}`).toString('base64'),
      'eyJ0b2tlbiI6Im***gifQ==',
    ],
    ['in several lines', `token:\n${chunked(TOKEN, 20)}`, 'token: ***'],
    ['in several lines of JSON', `"${chunked(TOKEN, 20).replaceAll('\n', '\\n')}"`, '"***"'],
    ['its beginning', `invalid token ${TOKEN.slice(0, 20)}...`, 'invalid token ***...'],
    ['its end', `invalid token ...${TOKEN.slice(-26)}`, 'invalid token ...***'],
    ['basic credentials', `no ${BASIC}`, 'no ***'],
    ['the password in them', `wrong password ${PASSWORD} of shop`, 'wrong password *** of shop'],
    ['the password, percent-encoded', `shop:${encodeURIComponent(PASSWORD)}@`, 'shop:***%22%3E@'],
    ['the query', 'no /v1/logs?key=t0psecretkey&zone=eu', 'no /v1/logs?***'],
    ['a parameter', 'unknown key t0psecretkey', 'unknown key ***'],
    [
      'the token in the path',
      'Cannot POST /receiver/AbCdEfGh0123456789/v1/logs',
      'Cannot POST /receiver/***/v1/logs',
    ],
    ['the password of the proxy', 'me:pr0xyp%40ss and pr0xyp@ss', 'me:*** and ***'],
    ['several', `${TOKEN} or t0psecretkey`, '*** or ***'],
  ];
  for (const [name, told, hidden] of rows) test(name, () => assert.equal(oneLine(told, secrets), hidden));

  test('wherever the text is cut', () => {
    fc.assert(
      fc.property(fc.nat(5_000), (before) => {
        const told = oneLine(`${'.'.repeat(before)}${TOKEN}`.repeat(80), secrets);
        for (let at = 0; at + 12 <= TOKEN.length; at++) assert.ok(!told.includes(TOKEN.slice(at, at + 12)));
      }),
    );
    assert.doesNotMatch(oneLine(`${TOKEN}`.repeat(80), secrets), /[0-9a-z]/i);
    assert.doesNotMatch(oneLine(`${TOKEN}`.repeat(800), secrets), /[0-9a-z]/i);
    // Where what is looked at of the beginning ends in the middle of it, and that of the end begins there.
    for (const form of [TOKEN, encodeURIComponent(TOKEN), TOKEN.replaceAll(/./g, '$&\n')]) {
      for (let cut = 0; cut <= form.length; cut++) {
        const before = ' '.repeat(4096 - cut);
        const behind = ' '.repeat(4096 - form.length + cut);
        const told = oneLine(`${before}${form}${'.'.repeat(8192)}${form}${behind}`, secrets);
        assert.doesNotMatch(told, /[0-9a-z]/i, `${cut}: ${told}`);
      }
    }
  });
});

test('a first word of the credentials that is no scheme is hidden', () => {
  const headers = { authorization: 'secretkey x', 'proxy-authorization': 'Digest name=a' };
  const hidden = oneLine('no secretkey, no Digest', Secrets.of({ headers, url: '', proxy: undefined }));
  assert.equal(hidden, 'no ***, no Digest');
});

describe('what is no secret is told', () => {
  const rows = [
    'no tenant the-shop-in-the-north',
    'the header x-short is abc',
    'Bearer expected, Basic is not supported',
    'POST https://collector.example/receiver failed in zone eu',
    'rpc error: code = InvalidArgument desc = 12 of 512 records are older than 168h0m0s',
    '100% full, see https://example.org/a%20b?c=d&amp;e \\u0041 \\n',
  ];
  for (const text of rows) test(text, () => assert.equal(oneLine(text, secrets), text));

  test('and without secrets everything is', () => {
    const text = `Bearer ${TOKEN}`;
    assert.equal(oneLine(text, Secrets.none), text);
  });
});

test('a user without a password is a token, and with one a name', () => {
  const told = (proxy: string) =>
    oneLine('abcdef-token', Secrets.of({ headers: {}, url: 'https://collector.example/v1/logs', proxy }));
  assert.equal(told('http://abcdef-token@proxy:3128'), '***');
  assert.equal(told('http://abcdef-token:another@proxy:3128'), 'abcdef-token');
});

test('hiding takes time in proportion to the text', () => {
  for (const unit of ['%', '%2', '&', '&a', '\\', 'a', '%41', TOKEN.slice(0, 11), `${TOKEN} `]) {
    assertLinear(
      (length) => unit.repeat(length / unit.length),
      (text) => oneLine(text, secrets),
    );
  }
});

test('secrets of 60 KiB cost little', () => {
  const long = new Secrets([
    Buffer.from(Array.from({ length: 60 * 1024 }, (_, index) => index * index)).toString('base64'),
  ]);
  const start = performance.now();
  assert.equal(long.hide('x'.repeat(4096)), 'x'.repeat(4096));
  assert.ok(performance.now() - start < 1_000);
});
