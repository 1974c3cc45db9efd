import assert from 'node:assert/strict';
import http from 'node:http';
import https from 'node:https';
import type { ReceivedRecord } from '../../../src/cli/receiver/otlp-receiver.ts';
import type { TestOwner } from '../../support/owner.ts';
import { startTestReceiver } from '../../support/receiver.ts';
import { spawnNode } from '../../support/spawn-app.ts';
import { type CurlRequest, readReadme } from './readme.ts';
import { masked, receivedRecord, type ShownRecord } from './shown-record.ts';

interface RunOptions {
  /** Folder of the installed example. */
  readonly folder: string;
  /** Folder below `examples/`, for its README. */
  readonly example: string;
  /** The node to run. Default: this one. */
  readonly node?: string;
  /** What the server says when it listens; the first group is its port. */
  readonly listening?: RegExp;
  /** How SIGTERM ends it. */
  readonly exit: { readonly code: number | null; readonly signal: NodeJS.Signals | null };
}

interface Run {
  /** The record of the first request of the README, masked. */
  readonly record: ShownRecord;
  /** The record that the README shows, masked. */
  readonly readme: ShownRecord;
}

/**
 * Starts the example by the command of its README, sends what the README sends, and ends it by SIGTERM. The first
 * request must be the only one that is recorded: a README that sends others says that they are left out.
 */
export async function runExample(owner: TestOwner, options: RunOptions): Promise<Run> {
  const { folder, example, node, listening = /^listening (\d+)$/m } = options;
  const { start, requests, record } = readReadme(example);
  const [first] = requests;
  assert.ok(first !== undefined, 'the README sends a request');
  const receiver = await startTestReceiver(owner);
  const app = spawnNode(owner, {
    cwd: folder,
    args: start.args,
    env: {
      ...start.env,
      PORT: '0',
      OTEL_LOGS_EXPORTER: undefined,
      // Spoken to over HTTP by `register` and by the exporter of the examples that choose one.
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.httpEndpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    },
    ...(node === undefined ? {} : { node }),
  });
  const port = Number((await app.waitFor(listening, 60_000))[1]);
  for (const request of requests) await send(request, port);
  assert.deepEqual(await app.stop(), options.exit, app.stderr);
  assert.equal(app.stderr, '');

  const isLast = ({ attributes }: ReceivedRecord): boolean => attributes['access_log.final'] === true;
  await receiver.waitForRecords((soFar) => soFar.some(isLast));
  const [received, ...others] = await receiver.waitForExchanges(1);
  assert.ok(received !== undefined);
  assert.deepEqual(others, [], 'one record');
  const traceId = first.headers.traceparent?.split('-')[1];
  return {
    record: masked(receivedRecord(received), { port, traceId }),
    readme: masked(record, { port: Number(first.url.port), traceId }),
  };
}

async function send({ url, headers }: CurlRequest, port: number): Promise<void> {
  const { request } = url.protocol === 'https:' ? https : http;
  await new Promise<void>((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port,
      path: url.pathname + url.search,
      headers: { ...headers, host: `${url.hostname}:${port}` },
      // As curl: a connection that could be kept, which the client closes. The certificate is the test's own.
      agent: false as const,
      rejectUnauthorized: false,
    };
    const sent = request(options, (response) => {
      response.resume().once('end', () => {
        response.socket.destroy();
        resolve();
      });
    });
    sent.removeHeader('connection');
    sent.once('error', reject).end();
  });
}
