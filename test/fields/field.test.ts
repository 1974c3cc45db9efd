// What is known of a field while it is created, and what it does where nothing observes exchanges.
import assert from 'node:assert/strict';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { createField, note } from '../../src/fields/fields.ts';
import { isReserved } from '../../src/fields/reserved-names.ts';
import { ATTRIBUTE_ROWS } from '../../src/record/attributes/attribute-table.ts';

/** Attributes that the options may have read from a field of that name. */
const READ_FROM_FIELDS: ReadonlySet<string> = new Set(['session.id', 'user.id', 'tenant.id']);

describe('createField', () => {
  const cases: readonly [what: string, name: unknown, options: unknown, message: RegExp][] = [
    ['no name', undefined, {}, /expected a name, got undefined/],
    ['an empty name', '', {}, /without blanks/],
    ['a blank in the name', 'a b', {}, /without blanks/],
    ['a control character in the name', 'a\u0007', {}, /without blanks/],
    ['a direction mark in the name', 'a\u202e', {}, /without blanks/],
    ['half a surrogate pair in the name', 'a\ud800', {}, /without blanks/],
    ['a name of 65 characters', 'x'.repeat(65), {}, /longer than 64/],
    ['our prefix', 'access_log.tenant', {}, /of the record itself/],
    ['a name of a header', 'http.request.header.x-tenant', {}, /of the record itself/],
    ['a name of the record', 'url.path', {}, /of the record itself/],
    ['the name of the prototype', '__proto__', {}, /of the record itself/],
    ['options that are none', 'a', 'hash', /options as an object/],
    ['an unknown option', 'a', { masks: 'hash' }, /masks: no such option/],
    ['an unknown strategy', 'a', { mask: 'sha256' }, /mask: expected one of show, hash/],
    ['a strategy that is no text', 'a', { mask: 1 }, /mask: expected/],
    ['an unknown ending', 'a', { when: 'never' }, /when: expected always or bad/],
    ['no length', 'a', { maxLength: 0 }, /maxLength: expected an integer from 1 to 2048/],
    ['a length that is too long', 'a', { maxLength: 2049 }, /maxLength/],
    ['a length that is no integer', 'a', { maxLength: 1.5 }, /maxLength/],
    ['an unknown type', 'a', { type: 'bigint' }, /type: expected one of string, number, boolean, string\[\]/],
  ];
  for (const [what, name, options, message] of cases) {
    test(`throws for ${what}`, () => {
      const create: (name: never, options: never) => unknown = createField;
      assert.throws(() => create(name as never, options as never), { name: 'TypeError', message });
    });
  }

  test('gives an equal field for the same definition', () => {
    const options = { mask: 'keep:6:4', when: 'bad', maxLength: 10, type: 'string' } as const;
    assert.deepEqual(createField('same', options), createField('same', { ...options }));
    assert.equal(createField('same', options).name, 'same');
  });

  for (const [what, options] of [
    ['mask', { mask: 'hash' }],
    ['when', { when: 'bad' }],
    ['maxLength', { maxLength: 255 }],
    ['type', { type: 'string' }],
  ] as const) {
    test(`throws for a second definition with another ${what}`, () => {
      createField(`other.${what}`);
      assert.throws(() => createField(`other.${what}`, options), {
        name: 'TypeError',
        message: /created before, with another definition/,
      });
    });
  }

  test('refuses every name of the record', () => {
    const free = ATTRIBUTE_ROWS.map(([, { name }]) => name).filter((name) => !isReserved(name));
    assert.deepEqual(
      free.filter((name) => !READ_FROM_FIELDS.has(name)),
      [],
    );
    assert.deepEqual([...READ_FROM_FIELDS].filter(isReserved), []);
  });

  test('remembers 1000 names, and creates further fields all the same', () => {
    for (let index = 0; index < 2000; index++) createField(`made.of.data.${index}`);
    assert.equal(createField('made.of.data.1999', { mask: 'hash' }).name, 'made.of.data.1999');
  });
});

test('the type of a field is that of its values', () => {
  const text = createField('typed.text');
  const count = createField<number>('typed.count', { type: 'number' });
  const list = createField<readonly string[]>('typed.list', { type: 'string[]' });
  const request = new IncomingMessage(new Socket());
  text.set(request, 'x');
  text.set(undefined);
  count.set(1);
  count.set(request, null);
  list.set(request, ['x']);
  list.set(['x']);
  // @ts-expect-error: a text is no number.
  count.set(request, 'x');
  // @ts-expect-error: a text is no number.
  count.set('x');
  // @ts-expect-error: the declared type is another one.
  createField<boolean>('typed.other', { type: 'string' });
  const value: number | undefined = count.get(request);
  assert.equal(value, undefined);
});

test('without an access log nothing is set, and nothing throws', () => {
  const field = createField<number>('lonely');
  const request = new IncomingMessage(new Socket());
  field.set(request, 1);
  field.set(1);
  note(request, 'text');
  note('text');
  assert.equal(field.get(request), undefined);
  assert.equal(field.get(), undefined);
});
