import assert from 'node:assert/strict';
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { selfSigned } from '../../support/certificates.ts';
import { deafPort, noDeafPort } from '../../support/deaf-port.ts';
import { accept, hang, startScriptedReceiver } from '../../support/scripted-receiver.ts';
import { PATIENCE_MS, PROTOCOLS } from './support/scripted-receivers.ts';

const run = promisify(execFile);
const PROGRAM = fileURLToPath(new URL('./fixtures/hanging-export.js', import.meta.url));
const SEVERAL = fileURLToPath(new URL('./fixtures/several-addresses.js', import.meta.url));
const HOLDER = fileURLToPath(new URL('./fixtures/held-message.js', import.meta.url));

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
      // With TLS, and HTTP/2, nothing holds it during the handshake either.
      if (!isTls && protocol !== 'grpc') assert.equal(receiver.requests.length, 1);
    });
  }
}

for (const protocol of PROTOCOLS) {
  test(`a connection that is never made holds no process longer than its export, over ${protocol}`, {
    skip: noDeafPort,
  }, async (t) => {
    const port = await deafPort(t);
    const url = `http://127.0.0.1:${port}${protocol === 'grpc' ? '' : '/v1/logs'}`;
    const { stdout } = await run(process.execPath, [PROGRAM, protocol, url, '', '', '300'], {
      timeout: PATIENCE_MS,
    });
    assert.equal(stdout, 'answered\nfree\n');
  });

  test(`a connection to the last of several addresses holds no process, over ${protocol}`, async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol });
    const url = `http://collector:${receiver.port}${protocol === 'grpc' ? '' : '/v1/logs'}`;
    const { stdout, stderr } = await run(process.execPath, [SEVERAL, protocol, url], {
      timeout: PATIENCE_MS / 2,
    });
    assert.deepEqual([stdout, stderr], ['accepted\n', '']);
  });

  test(`no copy of a message is held until its answer comes, over ${protocol}`, async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol });
    receiver.next(accept());
    receiver.always(hang());
    const child = fork(HOLDER, [protocol, `${receiver.endpoint}${protocol === 'grpc' ? '' : '/v1/logs'}`]);
    t.after(() => child.kill());
    await receiver.until(() => receiver.requests[1]?.byteLength, 'the whole message');
    child.send('received');
    const [{ held, length }] = await once(child, 'message');
    assert.ok(held < length / 2, `${held} bytes beside a message of ${length}`);
  });
}
