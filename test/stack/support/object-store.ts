// Object stores for Loki, on free ports, each with the bucket of the configuration files in docker/.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listen } from '../../support/listen.ts';
import type { TestOwner } from '../../support/owner.ts';
import { buildObjectStore } from '../build.ts';
import { Daemon, removeAtExit, withFreePorts } from './daemon.ts';

const HOST = '127.0.0.1';
/** As docker/loki-s3.yaml and docker/loki-gcs.yaml have it. */
const BUCKET = 'loki';

export interface ObjectStore {
  /** Variables for Loki: where the store is, and with which credentials. */
  readonly env: Readonly<Record<string, string>>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

function folderOf(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `otel-access-log-${name}-`));
  removeAtExit(folder);
  return folder;
}

function s3Variables(port: number, secret: string): Record<string, string> {
  return {
    LOKI_S3_ENDPOINT: `http://${HOST}:${port}`,
    LOKI_S3_PATH_STYLE: 'true',
    AWS_ACCESS_KEY_ID: 'loki',
    AWS_SECRET_ACCESS_KEY: secret,
  };
}

/** S3 in memory; takes any credentials. @param owner.after what uses it ends first: see `lastFirst` */
export async function startGofakes3(owner: TestOwner): Promise<ObjectStore> {
  const command = await buildObjectStore('gofakes3');
  return withFreePorts(1, async ([port = 0]) => {
    const daemon = new Daemon({
      name: 'gofakes3',
      command,
      args: ['-backend', 'memory', '-host', `${HOST}:${port}`, '-initialbucket', BUCKET],
      env: {},
      folder: folderOf('gofakes3'),
      readyUrl: `http://${HOST}:${port}/`,
    });
    await daemon.start();
    owner.after(() => daemon.stop());
    return { env: s3Variables(port, 'any'), start: () => daemon.start(), stop: () => daemon.stop() };
  });
}

/** S3 on a disk, which checks signatures. */
export async function startVersitygw(owner: TestOwner): Promise<ObjectStore> {
  const command = await buildObjectStore('versitygw');
  const secret = 'the-right-secret';
  return withFreePorts(1, async ([port = 0]) => {
    const folder = folderOf('versitygw');
    const data = join(folder, 'data');
    mkdirSync(join(data, BUCKET), { recursive: true });
    const daemon = new Daemon({
      name: 'versitygw',
      command,
      args: ['--port', `${HOST}:${port}`, '--health', '/health', 'posix', data],
      env: { ROOT_ACCESS_KEY: 'loki', ROOT_SECRET_KEY: secret },
      folder,
      readyUrl: `http://${HOST}:${port}/health`,
    });
    await daemon.start();
    owner.after(() => daemon.stop());
    return { env: s3Variables(port, secret), start: () => daemon.start(), stop: () => daemon.stop() };
  });
}

/** Google Cloud Storage in memory, and a server that gives out tokens for a service account. */
export async function startFakeGcs(owner: TestOwner): Promise<ObjectStore> {
  const command = await buildObjectStore('fake-gcs-server');
  const tokens = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ access_token: 'token', token_type: 'Bearer', expires_in: 3_600 }));
  });
  const tokenAddress = await listen(owner, tokens);
  const folder = folderOf('fake-gcs-server');
  const credentials = join(folder, 'service-account.json');
  writeFileSync(credentials, serviceAccount(`http://${tokenAddress}/token`));
  return withFreePorts(1, async ([port = 0]) => {
    const address = `${HOST}:${port}`;
    const daemon = new Daemon({
      name: 'fake-gcs-server',
      command,
      args: `-scheme http -host ${HOST} -port ${port} -backend memory -public-host ${address}`.split(' '),
      env: {},
      folder,
      readyUrl: `http://${address}/_internal/healthcheck`,
    });
    await daemon.start();
    owner.after(() => daemon.stop());
    const answer = await fetch(`http://${address}/storage/v1/b`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: BUCKET }),
    });
    assert.equal(answer.status, 200, await answer.text());
    const env = {
      LOKI_GCS_ENDPOINT: `http://${address}/storage/v1/`,
      GOOGLE_APPLICATION_CREDENTIALS: credentials,
      // Google's client takes downloads from there.
      STORAGE_EMULATOR_HOST: address,
    };
    return { env, start: () => daemon.start(), stop: () => daemon.stop() };
  });
}

function serviceAccount(tokenUri: string): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return JSON.stringify({
    type: 'service_account',
    project_id: 'test',
    private_key_id: 'test',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_email: 'loki@test.iam.gserviceaccount.com',
    token_uri: tokenUri,
  });
}
