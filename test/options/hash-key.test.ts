import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type GivenOptions, resolveOptions } from '../../src/options/options.ts';
import { problemsOf } from './support/problems-of.ts';

describe('what is hashed needs a key', () => {
  const hashing: readonly GivenOptions[] = [
    { session: ['cookie:sid'] },
    { jwtClaims: ['iss=plain', 'sub'] },
    { authFingerprint: true },
    { clientIp: 'hash' },
  ];
  for (const options of hashing) {
    const [name] = Object.keys(options);
    test(`${name}: without one, the message names both options; with one, there is none`, () => {
      assert.deepEqual(
        problemsOf(() => resolveOptions(options, {})),
        [`${name}: hashes with a key, so it needs hashKeyFile (from code)`],
      );
      assert.deepEqual(
        problemsOf(() => resolveOptions(options, { ACCESS_LOG_HASH_KEY_FILE: '/key' })),
        [],
      );
    });
  }

  test('what is not hashed needs none', () => {
    const options: GivenOptions = {
      session: [],
      user: ['field', 'header:x-user'],
      tenant: ['cookie:tenant'],
      jwtClaims: ['iss=plain'],
      authFingerprint: false,
      clientIp: 'truncated',
    };
    assert.deepEqual(
      problemsOf(() => resolveOptions(options, {})),
      [],
    );
  });

  test('each option is named as it was given', () => {
    const env = { ACCESS_LOG_SESSION: 'cookie:sid', ACCESS_LOG_CONFIG: '/etc/log.yaml' };
    const file = 'rate: 5\nauthFingerprint: true\n';
    assert.deepEqual(
      problemsOf(() => resolveOptions({ clientIp: 'hash' }, env, () => Buffer.from(file))),
      [
        'clientIp: hashes with a key, so it needs hashKeyFile (from code)',
        'ACCESS_LOG_SESSION: hashes with a key, so it needs ACCESS_LOG_HASH_KEY_FILE (from the environment)',
        'log.yaml:2: authFingerprint: hashes with a key, so it needs hashKeyFile (from the file)',
      ],
    );
  });

  test('a key file that cannot be used is the only problem', () => {
    const options = { clientIp: 'hash', hashKeyFile: 5 } as unknown as GivenOptions;
    assert.deepEqual(
      problemsOf(() => resolveOptions(options, {})),
      ['hashKeyFile: expected the path of a file, got 5 (from code)'],
    );
  });
});

describe('what is shown as it is', () => {
  for (const source of ['header:authorization', 'header:Cookie', 'header:Proxy-Authorization']) {
    test(`does not come from ${source}`, () => {
      for (const name of ['user', 'tenant']) {
        assert.equal(problemsOf(() => resolveOptions({ [name]: [source] }, {})).length, 1);
      }
      assert.deepEqual(
        problemsOf(() => resolveOptions({ session: [source], hashKeyFile: '/key' }, {})),
        [],
      );
    });
  }
});
