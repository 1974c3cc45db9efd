import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  elementFromRight,
  type ForwardedElement,
  parseForwardedElement,
  unquotedCommaBefore,
} from '../../../src/record/client/forwarded.ts';

describe('parseForwardedElement', () => {
  const element = (parts: Partial<ForwardedElement>): ForwardedElement => ({
    for: undefined,
    host: undefined,
    proto: undefined,
    ...parts,
  });
  const cases: readonly [text: string, parsed: ForwardedElement | undefined][] = [
    ['for=192.0.2.60', element({ for: '192.0.2.60' })],
    ['for="_gazonk"', element({ for: '_gazonk' })],
    ['For="[2001:db8:cafe::17]:4711"', element({ for: '[2001:db8:cafe::17]:4711' })],
    ['for=[2001:db8::1]:80', element({ for: '[2001:db8::1]:80' })],
    ['for=192.0.2.60;proto=http;by=203.0.113.43', element({ for: '192.0.2.60', proto: 'http' })],
    ['for=192.0.2.60 ; proto=http ;', element({ for: '192.0.2.60', proto: 'http' })],
    ['proto=https;host="a.example:8443"', element({ proto: 'https', host: 'a.example:8443' })],
    ['for="a\\"b\\\\c"', element({ for: 'a"b\\c' })],
    ['by="a,b;c=d";for=unknown', element({ for: 'unknown' })],
    ['for=', element({ for: '' })],
    ['secret=x', element({})],
    ['', undefined],
    ['for', undefined],
    ['=x', undefined],
    ['for=1.2.3.4;for=5.6.7.8', undefined],
    ['for=1.2.3.4;FOR=5.6.7.8', undefined],
    ['for="1.2.3.4', undefined],
    ['for="1.2.3.4"x', undefined],
    ['for=1.2.3.4 proto=http', undefined],
    ['for = 1.2.3.4', undefined],
    [';for=1.2.3.4', undefined],
  ];
  for (const [text, parsed] of cases) {
    test(JSON.stringify(text), () => assert.deepEqual(parseForwardedElement(text), parsed));
  }
});

describe('elements from the right', () => {
  const split = (list: string): string[] => {
    const elements: string[] = [];
    for (let end = list.length; end >= 0; ) {
      const comma = unquotedCommaBefore(list, end);
      elements.push(list.slice(comma + 1, end));
      end = comma;
    }
    return elements;
  };
  const cases: readonly [list: string, elements: string[]][] = [
    ['a,b', ['b', 'a']],
    ['for="a,b",c', ['c', 'for="a,b"']],
    ['for="a\\",b",c', ['c', 'for="a\\",b"']],
    ['for="a,\\"b",c', ['c', 'for="a,\\"b"']],
    ['for="a\\\\",c', ['c', 'for="a\\\\"']],
    // What a client left open does not reach into what the proxy appended.
    ['for="evil, for=1.2.3.4;by="x,y"', [' for=1.2.3.4;by="x,y"', 'for="evil']],
    [',', ['', '']],
    ['', ['']],
  ];
  for (const [list, elements] of cases) {
    test(JSON.stringify(list), () => assert.deepEqual(split(list), elements));
  }

  test('the element at a distance is the leftmost where there are fewer', () => {
    assert.deepEqual(
      [0, 1, 2, 9].map((distance) => elementFromRight(' a , b,c ', distance)),
      ['c', 'b', 'a', 'a'],
    );
  });
});
