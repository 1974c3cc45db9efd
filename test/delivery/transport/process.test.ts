import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { selfSigned } from '../../support/certificates.ts';
import { hang, startScriptedReceiver } from '../../support/scripted-receiver.ts';
import { PATIENCE_MS, PROTOCOLS } from './support.ts';

const run = promisify(execFile);
const PROGRAM = fileURLToPath(new URL('./hanging-export.js', import.meta.url));

for (const protocol of PROTOCOLS) {
  for (const isTls of [false, true]) {
    test(`a receiver that hangs holds no process over ${protocol}${isTls ? ' and TLS' : ''}`, async (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'process-'));
      t.after(() => rm(folder, { recursive: true }));
      const certificate = await selfSigned();
      const [ca, headersFile] = [join(folder, 'ca.pem'), join(folder, 'headers')];
      writeFileSync(ca, certificate.cert);
      writeFileSync(headersFile, 'a=1');
      const receiver = await startScriptedReceiver(t, isTls ? { protocol, tls: certificate } : { protocol });
      receiver.always(hang());
      const url = `${receiver.endpoint}${protocol === 'grpc' ? '' : '/v1/logs'}`;
      const ended = run(process.execPath, [PROGRAM, protocol, url, ca, headersFile], {
        timeout: PATIENCE_MS,
      });
      const { stdout, stderr } = await ended;
      assert.deepEqual([stdout, stderr], ['free\n', '']);
      // With TLS nothing holds it during the handshake either.
      if (!isTls) assert.equal(receiver.requests.length, 1);
    });
  }
}
