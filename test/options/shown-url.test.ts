import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { showGivenPath, showPath } from '../../src/options/path/shown-path.ts';
import { hasStrayUser, hiddenSegments, showGivenUrl, showUrl } from '../../src/options/shown-url.ts';

describe('a URL for messages', () => {
  const rows: readonly (readonly [url: string, shown: string])[] = [
    ['http://localhost:4317', 'http://localhost:4317'],
    ['HTTPS://Collector.example', 'https://Collector.example'],
    ['https://[::1]:4318/', 'https://[::1]:4318/'],
    ['http://c:4318/v1/logs', 'http://c:4318/v1/logs'],
    ['https://loki:3100/otlp/v1/logs', 'https://loki:3100/otlp/v1/logs'],
    ['https://c/otlp', 'https://c/otlp'],
    ['https://c/receiver/v1/otlp/TOKEN', 'https://c/receiver/…'],
    ['https://c/receiver/v1/otlp/TOKEN/v1/logs', 'https://c/receiver/…/v1/logs'],
    ['https://c/0123456789abcdef0123456789abcdef/v1/logs', 'https://c/…/v1/logs'],
    ['https://c/0123456789abcdef0123456789abcdef', 'https://c/…'],
    ['https://c/a%20b/x?token=TOKEN#TOKEN', 'https://c/a%20b/…'],
    ['https://me:p%40ss@c:4318/v1/logs?key=TOKEN', 'https://c:4318/v1/logs'],
    ['https://me:pa@ss@c:4318', 'https://c:4318'],
    ['https://TOKEN@c', 'https://c'],
    ['c:4317', 'c:4317'],
    ['me:TOKEN@c:4317/x/y', 'c:4317/x/…'],
    ['dns:///c:4317', 'dns:///c:4317'],
    ['unix:///run/otel/collector.sock', 'unix:///run/otel/collector.sock'],
    ['socks5://me:TOKEN@proxy:1080', 'socks5://proxy:1080'],
    ['https://me:TO#KEN@c', 'https://…'],
    ['https://me:12#TOKEN@c', 'https://…'],
    ['https://me:12?TOKEN@c', 'https://…'],
    ['https://me:12/TOKEN@c', 'https://…'],
    ['https://me:12\\TOKEN@c', 'https://…'],
    ['https://me:TOKEN', 'https://…'],
    ['https://c:4318/?mail=me@c', 'https://…'],
    ['me:TO#KEN@c:4317', '…'],
    ['https//c/TOKEN', '…'],
    ['TOKEN', '…'],
    ['TOKEN://c', '…'],
    ['Bearer TOKEN', '…'],
    ['', '…'],
  ];
  for (const [url, shown] of rows) {
    test(`${url} is ${shown}`, () => {
      assert.equal(showUrl(url), shown);
      assert.equal(showUrl(shown), shown, 'what is shown is shown as it is');
    });
  }

  test('says in a sentence that it is not shown', () => {
    assert.equal(showGivenUrl('http://c:1/x/y'), '"http://c:1/x/…"');
    assert.equal(showGivenUrl('TOKEN'), 'something that is not shown, since it may hold a secret');
  });

  test('of any URL that can be used tells the host that is connected to, and nothing behind the first segment', () => {
    const part = fc.stringMatching(/^[\w.~%!$&'()*+,;=-]{1,12}$/);
    const secret = fc.stringMatching(/^SECRET[\w.~!$&'()*+,;=:#?/@\\ %-]{1,12}$/);
    const userinfo = fc.option(
      secret.map((text) => `me:${text}@`),
      { nil: '' },
    );
    const path = fc.tuple(part, fc.option(secret, { nil: '' })).map((segments) => segments.join('/'));
    const text = fc
      .tuple(userinfo, fc.domain(), fc.option(path, { nil: '' }))
      .map(([user, host, behind]) => `https://${user}${host}/${behind}`);
    fc.assert(
      fc.property(text, (url) => {
        const shown = showUrl(url);
        assert.doesNotMatch(shown, /SECRET/);
        assert.equal(showUrl(shown), shown);
        if (!URL.canParse(url) || hasStrayUser(url)) return;
        assert.equal(new URL(shown).host, new URL(url).host);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a path for messages', () => {
  const paths = [
    '/etc/otel/ca.pem',
    './headers',
    '../x',
    '~/x',
    'ca.pem',
    'certs/ca.crt',
    'C:\\otel\\ca',
    '/a b/c',
  ];
  for (const path of paths) {
    test(`${path} is shown`, () => {
      assert.equal(showPath(path), path);
      assert.equal(showGivenPath(path), JSON.stringify(path));
    });
  }

  const contents = [
    '-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\n-----END PRIVATE KEY-----',
    'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg',
    'authorization=Bearer SECRET',
    'authorization: Bearer a.b',
    'Bearer SECRET',
    'SECRET',
    'eyJhbGciOiJIUzI1NiJ9.e30.abc',
    '/etc/headers\n/etc/others',
    `/${'x'.repeat(255)}`,
    'x-key:a.b',
  ];
  for (const text of contents) {
    test(`${JSON.stringify(text).slice(0, 50)} is not`, () => {
      assert.equal(showPath(text), '(not shown, since it may not be a path)');
      assert.equal(showGivenPath(text), 'something that is not shown (it may not be a path)');
    });
  }
});

describe('segments that are not shown are secrets', () => {
  const rows: readonly (readonly [url: string, hidden: readonly string[]])[] = [
    ['http://localhost:4317', []],
    ['unix:///var/run/otel/collector.sock', []],
    ['http://loki:3100/otlp/v1/logs?a=/b', []],
    ['https://c.example/receiver/v1/otlp/T0KEN/v1/logs', ['v1', 'otlp', 'T0KEN']],
    ['https://c.example/0f8fad5b-d9cb-469f-a165-70867728950e', ['0f8fad5b-d9cb-469f-a165-70867728950e']],
    ['https://c.example/a//b', ['b']],
  ];
  for (const [url, hidden] of rows) test(url, () => assert.deepEqual(hiddenSegments(url), hidden));
});
