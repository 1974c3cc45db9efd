import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { generate } from 'selfsigned';
import { type Authority, createAuthority } from '../../../support/authority.ts';
import type { Certificate } from '../../../support/certificates.ts';
import type { TestOwner } from '../../../support/owner.ts';
import { held, startScriptedReceiver } from '../../../support/scripted-receiver.ts';
import {
  ACCEPTED,
  assertRefused,
  encodedExport,
  PATIENCE_MS,
  PROTOCOLS,
  refused,
  startTransport,
} from '../support/scripted-receivers.ts';

const MESSAGE = encodedExport('a');

function writer(owner: TestOwner): (name: string, text: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'credentials-'));
  owner.after(() => rm(folder, { recursive: true }));
  return (name, text) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
}

/** While `work` is done every thread that could look at a file waits for a writer of a pipe. */
async function withHangingFiles<T>(work: () => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-'));
  const path = join(folder, 'pipe');
  await promisify(execFile)('mkfifo', [path]);
  const opened = Array.from({ length: 4 }, () => open(path, 'r'));
  try {
    return await work();
  } finally {
    const writer = openSync(path, 'r+');
    for (const file of await Promise.all(opened)) await file.close();
    closeSync(writer);
    rmSync(folder, { recursive: true });
  }
}

let authority: Authority;
let other: Authority;
let server: Certificate;
let otherServer: Certificate;
let alice: Certificate;
let bob: Certificate;
before(async () => {
  [authority, other] = await Promise.all([createAuthority(), createAuthority('other')]);
  [server, otherServer, alice, bob] = await Promise.all([
    authority.issue('receiver'),
    other.issue('receiver'),
    authority.issue('alice'),
    authority.issue('bob'),
  ]);
});

for (const protocol of PROTOCOLS) {
  const isGrpc = protocol === 'grpc';
  const unauthorized = isGrpc
    ? ({ errorType: 'UNAUTHENTICATED', message: '16 UNAUTHENTICATED: authorization is wrong' } as const)
    : ({ errorType: '401', message: '401 Unauthorized: authorization is wrong' } as const);

  describe(`headers in a file, over ${protocol}`, () => {
    const skip = process.platform === 'win32' && 'its file system has no pipes';
    test('a file system that hangs ends no attempt later than its time-out', { skip }, async (t) => {
      const write = writer(t);
      const receiver = await startScriptedReceiver(t, { protocol });
      const headersFile = write('headers', '');
      const { transport } = startTransport(t, protocol, receiver.endpoint, { headersFile });
      const other = write('others', 'authorization=Bearer%20old');
      const refusing = startTransport(t, protocol, receiver.endpoint, { headersFile: other }).transport;
      receiver.requireHeader('authorization', 'Bearer new');
      const answers = await withHangingFiles(() =>
        Promise.all([transport.send([MESSAGE], 50), refusing.send([MESSAGE], 1_000)]),
      );
      assert.deepEqual(answers, [
        refused('wait', 'ETIMEDOUT', 'no answer within 50 ms (ETIMEDOUT)'),
        // What is known by then is told.
        refused('credentials', unauthorized.errorType, unauthorized.message),
      ]);
    });

    test('a 401 has them read again at once', async (t) => {
      const write = writer(t);
      const receiver = await startScriptedReceiver(t, { protocol });
      const headersFile = write('headers', 'authorization=Bearer%20old');
      const headers = { authorization: 'Bearer variable', 'x-scope-orgid': 'shop' };
      const { transport, notices } = startTransport(t, protocol, receiver.endpoint, { headers, headersFile });
      receiver.requireHeader('authorization', 'Bearer old');
      assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), ACCEPTED);
      receiver.requireHeader('authorization', 'Bearer new');
      write('headers', '# rotated\nauthorization: Bearer new\n');
      const { errorType, message } = unauthorized;
      assert.deepEqual(
        await transport.send([MESSAGE], PATIENCE_MS),
        refused('credentials', errorType, message),
      );
      assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), ACCEPTED);
      assert.deepEqual(
        receiver.requests.map(({ headers }) => `${headers.authorization} ${headers['x-scope-orgid']}`),
        ['Bearer old shop', 'Bearer old shop', 'Bearer new shop'],
      );
      assert.equal(receiver.connections, 1);
      assert.deepEqual(notices, []);
    });

    test('a file that is empty leaves the last good one, and is told', async (t) => {
      const write = writer(t);
      const receiver = await startScriptedReceiver(t, { protocol });
      const headersFile = write('headers', 'authorization=Bearer%20old');
      const { transport, notices } = startTransport(t, protocol, receiver.endpoint, { headersFile });
      receiver.requireHeader('authorization', 'Bearer new');
      write('headers', '');
      const { errorType, message } = unauthorized;
      for (let i = 0; i < 2; i++) {
        assert.deepEqual(
          await transport.send([MESSAGE], PATIENCE_MS),
          refused('credentials', errorType, message),
        );
      }
      write('headers', 'authorization=Bearer%20new');
      assert.equal((await transport.send([MESSAGE], PATIENCE_MS)).kind, 'refused');
      assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), ACCEPTED);
      assert.deepEqual(notices, [
        `warn: the headers in ${headersFile} cannot be used (there is no header in it): the last good ones stay in use`,
        `info: the headers in ${headersFile} can be used again`,
      ]);
    });

    test('while there is no file nothing is sent', async (t) => {
      const write = writer(t);
      const receiver = await startScriptedReceiver(t, { protocol });
      const headersFile = write('headers', '');
      rmSync(headersFile);
      const { transport } = startTransport(t, protocol, receiver.endpoint, { headersFile });
      assert.deepEqual(
        await transport.send([MESSAGE], PATIENCE_MS),
        refused(
          'credentials',
          'no_credentials',
          'the files of headers or certificates cannot be used: ENOENT',
        ),
      );
      assert.equal(receiver.connections, 0);
      write('headers', 'a=1');
      assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), ACCEPTED);
    });
  });

  describe(`certificates over ${protocol}`, () => {
    const warnings: string[] = [];
    const onWarning = (warning: Error): void => void warnings.push(String(warning));
    before(() => process.on('warning', onWarning));
    after(() => {
      process.off('warning', onWarning);
      assert.deepEqual(warnings, []);
    });
    const broken = (code: string) => ({ remedy: 'wait', errorType: isGrpc ? 'UNAVAILABLE' : code }) as const;
    const files = (ca?: string, client?: { cert: string; key: string }) => ({
      tls: { ca, cert: client?.cert, key: client?.key },
    });

    test('another authority, from the moment that the file holds it', async (t) => {
      const write = writer(t);
      const receiver = await startScriptedReceiver(t, { protocol, tls: server });
      const ca = write('ca.pem', authority.cert);
      const { transport, notices } = startTransport(t, protocol, receiver.endpoint, files(ca));
      assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), ACCEPTED);
      await receiver.down();
      await receiver.up(otherServer);
      const unknown = broken('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
      // Over gRPC the first one may break with the connection that is gone.
      const first = await transport.send([MESSAGE], PATIENCE_MS);
      assert.equal(first.kind, 'refused');
      await assertRefused(transport.send([MESSAGE], PATIENCE_MS), unknown, /UNABLE_TO_VERIFY_LEAF_SIGNATURE/);
      write('ca.pem', other.cert);
      await assertRefused(transport.send([MESSAGE], PATIENCE_MS), unknown, /UNABLE_TO_VERIFY_LEAF_SIGNATURE/);
      assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), ACCEPTED);
      assert.deepEqual(notices, []);
    });

    test('another certificate of the client: a new connection, and the old one ends with its exports', async (t) => {
      const write = writer(t);
      const tls = { ...server, ca: authority.cert, requireClientCert: true };
      const receiver = await startScriptedReceiver(t, { protocol, tls });
      const client = { cert: write('cert.pem', alice.cert), key: write('key.pem', alice.key) };
      const ca = write('ca.pem', authority.cert);
      const headersFile = write('headers', 'a=1');
      const { transport, notices } = startTransport(t, protocol, receiver.endpoint, {
        ...files(ca, client),
        headersFile,
      });
      const late = held();
      receiver.next(late.answer);
      const answer = transport.send([encodedExport('late')], PATIENCE_MS);
      await receiver.until(() => receiver.requests[0]?.records, 'the first request');
      write('cert.pem', bob.cert);
      // A key that does not fit is not used; a 401 has the files read.
      receiver.requireHeader('a', '2');
      assert.equal((await transport.send([MESSAGE], PATIENCE_MS)).kind, 'refused');
      receiver.requireHeader('a', undefined);
      assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), ACCEPTED);
      write('key.pem', bob.key);
      receiver.requireHeader('a', '2');
      assert.equal((await transport.send([MESSAGE], PATIENCE_MS)).kind, 'refused');
      receiver.requireHeader('a', undefined);
      assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), ACCEPTED);
      late.release();
      assert.deepEqual(await answer, ACCEPTED);
      assert.deepEqual(
        receiver.requests.map((request) => request.client),
        ['alice', 'alice', 'alice', 'alice', 'bob'],
      );
      const name = `the certificates in ${ca}, ${client.cert}, ${client.key}`;
      const why = 'ERR_OSSL_X509_KEY_VALUES_MISMATCH';
      assert.deepEqual(notices, [
        `warn: ${name} cannot be used (${why}): the last good ones stay in use`,
        `info: ${name} can be used again`,
      ]);
    });

    const failures: readonly [
      name: string,
      tls: () => Promise<Certificate & { ca?: string; requireClientCert?: boolean }>,
      trust: (certificate: string) => string,
      code: string,
      message?: RegExp,
    ][] = [
      ['an unknown authority', async () => server, () => other.cert, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
      ['one that signed itself', () => selfSigned({}), () => other.cert, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
      ['an expired one', () => selfSigned({ days: -1 }), (own) => own, 'CERT_HAS_EXPIRED'],
      [
        'one for another name',
        () => selfSigned({ name: 'elsewhere' }),
        (own) => own,
        'ERR_TLS_CERT_ALTNAME_INVALID',
      ],
    ];
    for (const [name, tls, trust, code] of failures) {
      test(`${name} is told by its code`, async (t) => {
        const certificate = await tls();
        const receiver = await startScriptedReceiver(t, { protocol, tls: certificate });
        const ca = writer(t)('ca.pem', trust(certificate.cert));
        const { transport } = startTransport(t, protocol, receiver.endpoint, files(ca));
        await assertRefused(transport.send([MESSAGE], PATIENCE_MS), broken(code), new RegExp(code));
      });
    }

    test('no certificate where one is wanted', async (t) => {
      const tls = { ...server, ca: authority.cert, requireClientCert: true };
      const receiver = await startScriptedReceiver(t, { protocol, tls });
      const ca = writer(t)('ca.pem', authority.cert);
      const { transport } = startTransport(t, protocol, receiver.endpoint, files(ca));
      for (let i = 0; i < 2; i++) {
        const answer = await transport.send([MESSAGE], PATIENCE_MS);
        assert.ok(answer.kind === 'refused' && answer.remedy === 'wait', JSON.stringify(answer));
        // The alert, where it comes before the end of the connection.
        assert.match(answer.message, /CERTIFICATE_REQUIRED|ECONNRESET|EPIPE|the connection was closed/);
      }
    });

    test('TLS to a port without', async (t) => {
      const receiver = await startScriptedReceiver(t, { protocol });
      const endpoint = receiver.endpoint.replace('http:', 'https:');
      const { transport } = startTransport(t, protocol, endpoint);
      const answer = await transport.send([MESSAGE], PATIENCE_MS);
      assert.ok(answer.kind === 'refused' && answer.remedy === 'wait', JSON.stringify(answer));
    });

    test('by name too', async (t) => {
      const receiver = await startScriptedReceiver(t, { protocol, tls: server });
      const ca = writer(t)('ca.pem', authority.cert);
      const endpoint = `https://localhost:${receiver.port}`;
      const { transport } = startTransport(t, protocol, endpoint, files(ca));
      assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), ACCEPTED);
    });
  });
}

/** @param days of validity, from two days ago */
async function selfSigned({ name = 'localhost', days = 10 }): Promise<Certificate> {
  const start = Date.now() - 2 * 86_400_000;
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    notBeforeDate: new Date(start),
    notAfterDate: new Date(start + (days < 0 ? 1 : days) * 86_400_000),
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [name === 'localhost' ? { type: 7, ip: '127.0.0.1' } : { type: 2, value: name }],
      },
    ],
  });
  return { cert, key };
}
