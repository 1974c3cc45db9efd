import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createAuthority } from '../support/authority.ts';
import type { Certificate } from '../support/certificates.ts';
import type { Collector } from './support/stack.ts';
import { describeStack, metricOf, requestLines, startService } from './support/suite.ts';
import { send } from './support/traffic.ts';

const PATHS = Array.from({ length: 20 }, (_, index) => `/orders/${index}`);
const PROTOCOLS = ['grpc', 'http/protobuf'] as const;

interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

interface Files {
  readonly ca: string;
  readonly server: CertificateFiles;
  readonly client: CertificateFiles;
  /** Of an authority that the Collector does not know. */
  readonly stranger: CertificateFiles;
}

async function writeCertificates(folder: string): Promise<Files> {
  const write = async (name: string, { cert, key }: Certificate): Promise<CertificateFiles> => {
    const files = { certFile: join(folder, `${name}.crt`), keyFile: join(folder, `${name}.key`) };
    await writeFile(files.certFile, cert);
    await writeFile(files.keyFile, key);
    return files;
  };
  const authority = await createAuthority('authority of the Collector');
  const other = await createAuthority('another authority');
  return {
    ca: (await write('ca', authority)).certFile,
    server: await write('server', await authority.issue('collector')),
    client: await write('client', await authority.issue('service')),
    stranger: await write('stranger', await other.issue('service')),
  };
}

function clientCertificate({ certFile, keyFile }: CertificateFiles): Record<string, string> {
  return { OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: certFile, OTEL_EXPORTER_OTLP_CLIENT_KEY: keyFile };
}

describeStack('service → Collector over TLS', (stack) => {
  let folder = '';
  let files: Files;
  let tls: Collector;
  let mutual: Collector;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'otel-access-log-tls-'));
    files = await writeCertificates(folder);
    tls = await stack().startCollector({ tls: files.server });
    mutual = await stack().startCollector({ tls: { ...files.server, clientCaFile: files.ca } });
  });
  after(() => rm(folder, { recursive: true, force: true }));

  for (const protocol of PROTOCOLS) {
    const endpointOf = (collector: Collector): string =>
      protocol === 'grpc' ? collector.grpcEndpoint : collector.httpEndpoint;
    const env = (): Record<string, string> => ({
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_CERTIFICATE: files.ca,
    });

    test(`${protocol}: with the CA everything arrives`, async (t) => {
      const service = await startService(t, { endpoint: endpointOf(tls), env: env() });
      await send(service.port, PATHS);
      await service.stop();
      await requestLines(stack(), service, PATHS.length);
      assert.equal(service.stderr, '');
    });

    test(`${protocol}: with CA, client certificate and key (mTLS) everything arrives`, async (t) => {
      const service = await startService(t, {
        endpoint: endpointOf(mutual),
        env: { ...env(), ...clientCertificate(files.client) },
      });
      await send(service.port, PATHS);
      await service.stop();
      await requestLines(stack(), service, PATHS.length);
      assert.equal(service.stderr, '');
    });

    const wrong: readonly {
      title: string;
      collector: () => Collector;
      env: () => Record<string, string>;
      reason: RegExp;
    }[] = [
      {
        title: 'without the CA',
        collector: () => tls,
        env: () => ({ OTEL_EXPORTER_OTLP_PROTOCOL: protocol }),
        reason: /unable to verify the first certificate/,
      },
      {
        title: 'without a client certificate (mTLS)',
        collector: () => mutual,
        env,
        reason: /alert certificate required/,
      },
      {
        title: 'with a client certificate of another CA (mTLS)',
        collector: () => mutual,
        env: () => ({ ...env(), ...clientCertificate(files.stranger) }),
        reason: /alert unknown ca/,
      },
    ];
    for (const { title, collector, env: wrongEnv, reason } of wrong) {
      test(`${protocol}: ${title} nothing arrives, and the service does not notice`, async (t) => {
        const accepted = await metricOf(collector(), 'receiver_accepted_log_records');
        const service = await startService(t, {
          endpoint: endpointOf(collector()),
          // Many exports, so that many fail.
          env: { ...wrongEnv(), OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: '5' },
        });
        const statuses = await send(service.port, PATHS);
        await service.waitFor(/cannot deliver/);
        statuses.push(...(await send(service.port, PATHS)));
        assert.deepEqual(statuses, Array(2 * PATHS.length).fill(200));
        assert.equal(service.stderr.trimEnd().split('\n').length, 1);
        assert.deepEqual(await service.stop(), { code: null, signal: 'SIGTERM' });

        // Nothing is lost before the end: the connection may be mended.
        const [first = '', last, ...more] = service.stderr.trimEnd().split('\n');
        assert.match(first, /^otel-access-log: cannot deliver to https:\/\/localhost:\d+/);
        assert.match(first, reason);
        assert.equal(
          last,
          `otel-access-log: the process ended before everything was delivered (${statuses.length} records lost)`,
        );
        assert.deepEqual(more, []);
        assert.equal(await metricOf(collector(), 'receiver_accepted_log_records'), accepted);
        assert.deepEqual(await stack().query(`{service_name="${service.name}"}`), []);
      });
    }
  }
});
