import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileOwnHost } from '../../../src/cli/receiver/own-host.ts';

describe('a Host that only this machine has', () => {
  const isOwn = compileOwnHost(['127.0.0.1', 'My-Machine.test', 'tail.']);
  const rows: readonly (readonly [host: string | undefined, isOurs: boolean])[] = [
    ['localhost', true],
    ['LocalHost:4318', true],
    ['localhost.', true],
    ['a.b.localhost:1', true],
    ['127.0.0.1', true],
    ['127.9.9.9:4318', true],
    ['10.1.2.3:4318', true],
    ['[::1]', true],
    ['[fd00::1]:4318', true],
    ['my-machine.test:4318', true],
    ['tail', true],
    ['host.docker.internal:4318', true],
    ['host.containers.internal', true],
    ['', false],
    [undefined, false],
    [':4318', false],
    ['evil.example', false],
    ['localhost.evil.example', false],
    ['evillocalhost', false],
    ['127.0.0.1.evil.example:4318', false],
    ['x.my-machine.test', false],
    ['docker.internal', false],
    ['::1', false],
    ['[::1', false],
    ['[evil.example]', false],
    ['127.1', false],
    ['0x7f000001', false],
    ['localhost:4318:1', false],
    ['localhost, evil.example', false],
    ['user@localhost', false],
  ];
  for (const [host, isOurs] of rows) {
    test(`${host}: ${isOurs ? 'yes' : 'no'}`, () => assert.equal(isOwn(host), isOurs));
  }
});
