import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { startProcessTimer } from '../../../src/delivery/sending/process-timers.ts';

const run = promisify(execFile);

describe('startProcessTimer', () => {
  test('calls back once, unless it is stopped', async () => {
    const gone: string[] = [];
    startProcessTimer(0, () => gone.push('stopped')).stop();
    startProcessTimer(1, () => gone.push('stopped')).stop();
    await new Promise<void>((resolve) => startProcessTimer(0, resolve).hold(true));
    await new Promise<void>((resolve) => startProcessTimer(2, resolve).hold(true));
    assert.deepEqual(gone, []);
  });

  for (const holdsProcess of [true, false]) {
    test(`${holdsProcess ? 'keeps' : 'does not keep'} a process alive`, async () => {
      const module = new URL('../../../src/delivery/sending/process-timers.js', import.meta.url).href;
      const script = `
        import { startProcessTimer } from '${module}';
        const timer = startProcessTimer(100, () => console.log('gone off'));
        timer.hold(true);
        timer.hold(${holdsProcess});
      `;
      const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script]);
      assert.equal(stdout, holdsProcess ? 'gone off\n' : '');
    });
  }
});
