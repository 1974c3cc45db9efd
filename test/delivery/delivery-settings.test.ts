import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { deliverySettings } from '../../src/delivery/delivery-settings.ts';
import { type AccessLogOptions, resolveOptions, resolveOtelEnvironment } from '../../src/options/options.ts';

const spoolFor = (options: AccessLogOptions) =>
  deliverySettings(resolveOptions(options, {}), resolveOtelEnvironment({})).stream.spool;

test('without a directory there is no spool, whatever else is set', () => {
  assert.equal(spoolFor({}), undefined);
  assert.equal(spoolFor({ spoolLimitMib: 64, spoolFsync: true }), undefined);
});

test('the spool has an absolute path and its limit in bytes', () => {
  assert.deepEqual(spoolFor({ spoolDir: 'spool' }), {
    directory: join(process.cwd(), 'spool'),
    limitBytes: 256 * 1024 * 1024,
    fsync: false,
  });
  assert.deepEqual(spoolFor({ spoolDir: join(process.cwd(), 'a'), spoolLimitMib: 8, spoolFsync: true }), {
    directory: join(process.cwd(), 'a'),
    limitBytes: 8 * 1024 * 1024,
    fsync: true,
  });
});
