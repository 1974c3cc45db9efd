// Secrets and certificates that change while the service runs.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createAuthority } from '../support/authority.ts';
import type { TestOwner } from '../support/owner.ts';
import { PROTOCOLS, startService } from './support/service.ts';

const BATCH = 8;
const SMALL = { OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: String(BATCH) };
const NOTHING_LOST = { missing: [], repeated: [], lost: {} };

async function folder(owner: TestOwner): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'access-log-faults-'));
  owner.after(() => rm(path, { recursive: true }));
  return path;
}

for (const protocol of PROTOCOLS) {
  describe(`over ${protocol}`, { concurrency: true }, () => {
    test('another token: 401 until the file of headers holds it, and each record arrives once', async (t) => {
      const file = join(await folder(t), 'headers');
      await writeFile(file, 'authorization=Bearer one-of-monday');
      const service = await startService(t, protocol, { ...SMALL, ACCESS_LOG_OTLP_HEADERS_FILE: file });
      const { receiver } = service;
      receiver.requireHeader('authorization', 'Bearer one-of-monday');
      await service.arrival(await service.send(5 * BATCH));

      receiver.requireHeader('authorization', 'Bearer two-of-tuesday');
      const refusedFrom = receiver.requests.length;
      const ids = await service.send(5 * BATCH);
      await receiver.until(() => (receiver.requests.length >= refusedFrom + 2 ? true : undefined), 'two 401');
      await writeFile(file, '');
      await receiver.until(
        () => (receiver.requests.length >= refusedFrom + 4 ? true : undefined),
        'four 401',
      );
      assert.deepEqual(
        ids.filter((id) => service.arrivals(id) > 0),
        [],
      );
      await writeFile(file, 'authorization=Bearer two-of-tuesday');
      await service.arrival(ids);
      assert.deepEqual(await service.account(), NOTHING_LOST);
      assert.doesNotMatch(service.app.stderr, /monday|tuesday/);
      await service.end();
    });

    test('another authority, and another certificate of the client', async (t) => {
      const [monday, tuesday] = [await createAuthority('monday'), await createAuthority('tuesday')];
      const path = await folder(t);
      const files = { ca: join(path, 'ca.pem'), cert: join(path, 'cert.pem'), key: join(path, 'key.pem') };
      const install = async ({ cert: ca, issue }: typeof monday, client: string): Promise<void> => {
        const { cert, key } = await issue(client);
        await Promise.all([writeFile(files.ca, ca), writeFile(files.cert, cert), writeFile(files.key, key)]);
      };
      const serverOf = async ({ cert: ca, issue }: typeof monday) => ({
        ca,
        ...(await issue('localhost')),
        requireClientCert: true,
      });
      await install(monday, 'first');
      const env = {
        ...SMALL,
        OTEL_EXPORTER_OTLP_CERTIFICATE: files.ca,
        OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: files.cert,
        OTEL_EXPORTER_OTLP_CLIENT_KEY: files.key,
      };
      const service = await startService(t, protocol, env, await serverOf(monday));
      const { receiver } = service;
      await service.arrival(await service.send(5 * BATCH));
      await service.account();
      assert.equal(receiver.requests.at(-1)?.client, 'first');

      await receiver.down();
      await receiver.up(await serverOf(tuesday));
      const ids = await service.send(5 * BATCH);
      await service.app.waitFor(/cannot deliver/);
      await install(tuesday, 'second');
      await service.arrival(ids);
      assert.deepEqual(await service.account(), NOTHING_LOST);
      assert.equal(receiver.requests.at(-1)?.client, 'second');
      await service.end();
    });
  });
}
