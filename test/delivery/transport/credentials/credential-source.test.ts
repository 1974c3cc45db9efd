import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { CredentialSource } from '../../../../src/delivery/transport/credentials/credentials.ts';
import { Secrets } from '../../../../src/delivery/transport/credentials/secrets.ts';
import { keepAlive } from '../../../support/keep-alive.ts';

describe('CredentialSource', () => {
  const settings = {
    protocol: 'grpc',
    url: 'http://c:4317',
    headers: { a: '1', b: '2' },
    tls: undefined,
  } as const;

  test('looks at the files from the first use on, by itself', async (t) => {
    keepAlive(t);
    const folder = mkdtempSync(join(tmpdir(), 'watched-'));
    t.after(() => rm(folder, { recursive: true }));
    const headersFile = join(folder, 'headers');
    writeFileSync(headersFile, 'b=file\n');
    const heard: ((text: string) => void)[] = [];
    const hear = (text: string): void => heard.shift()?.(text);
    const next = () => new Promise<string>((resolve) => heard.push(resolve));
    const source = new CredentialSource({ ...settings, headersFile }, { warn: hear, info: hear }, 5);
    t.after(() => source.close());
    const first = source.current;
    assert.deepEqual(first?.headers, { a: '1', b: 'file' });
    source.use();
    let notice = next();
    rmSync(headersFile);
    assert.equal(
      await notice,
      `the headers in ${headersFile} cannot be used (ENOENT): the last good ones stay in use`,
    );
    assert.equal(source.current, first);
    notice = next();
    writeFileSync(headersFile, 'authorization: Bearer file=');
    assert.equal(await notice, `the headers in ${headersFile} can be used again`);
    await source.refresh();
    assert.deepEqual(source.current?.headers, { a: '1', b: '2', authorization: 'Bearer file=' });
  });

  test('without files there is nothing to look at', () => {
    const source = new CredentialSource(
      { ...settings, headersFile: '' },
      { warn: assert.fail, info: assert.fail },
    );
    assert.deepEqual(source.current, { headers: { a: '1', b: '2' }, tls: undefined, secrets: Secrets.none });
    assert.deepEqual(
      [source.watchesFiles, source.watchesCertificates, source.trouble],
      [false, false, undefined],
    );
    source.use();
    source.close();
  });
});
