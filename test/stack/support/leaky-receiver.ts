// A receiver of OTLP/HTTP in JSON that hands on to another, and does to records what a broken way to Loki does.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { TestOwner } from '../../support/owner.ts';

interface Value {
  readonly stringValue?: string;
  readonly intValue?: number | string;
}

interface OtlpRecord {
  readonly attributes?: readonly { readonly key: string; readonly value: Value }[];
}

interface Export {
  readonly resourceLogs: readonly { readonly scopeLogs: readonly { logRecords: readonly OtlpRecord[] }[] }[];
}

export interface LeakyReceiver {
  readonly endpoint: string;
  /** Values of `access_log.event` that came so far; of a request its outcome. */
  readonly kinds: readonly string[];
  /** What it answers from now on, instead of handing on; `undefined` ends that. */
  answer(status: number | undefined): void;
}

/** @param leaks whether it acknowledges such a record and drops it: by its event, or by the outcome of a request */
export async function startLeakyReceiver(
  owner: TestOwner,
  target: string,
  leaks: (kind: string) => boolean,
): Promise<LeakyReceiver> {
  let status: number | undefined;
  const kinds: string[] = [];
  const server = createServer((request, response) => {
    // Where the other receiver is gone, this one is unavailable.
    handle(request, response).catch(() => response.writeHead(503).end());
  }).listen(0, '127.0.0.1');
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = Buffer.concat(await request.toArray()).toString();
    if (status !== undefined) {
      response.writeHead(status).end();
      return;
    }
    const sent: Export = JSON.parse(body);
    for (const scope of sent.resourceLogs.flatMap(({ scopeLogs }) => scopeLogs)) {
      const ofScope = scope.logRecords.map((record) => ({ record, kind: kindOf(record) }));
      kinds.push(...ofScope.map(({ kind }) => kind));
      scope.logRecords = ofScope.filter(({ kind }) => !leaks(kind)).map(({ record }) => record);
    }
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${target}${request.url}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(sent),
    });
    response.writeHead(answer.status, headers).end(await answer.text());
  };
  await once(server, 'listening');
  owner.after(async () => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    kinds,
    answer: (next) => {
      status = next;
    },
  };
}

function kindOf({ attributes = [] }: OtlpRecord): string {
  const value = (name: string): string | undefined =>
    attributes.find(({ key }) => key === name)?.value.stringValue;
  return value('access_log.event') ?? value('access_log.outcome') ?? '';
}
