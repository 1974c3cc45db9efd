// The rules of docker/loki-rules, with shorter minutes, and a stand-in for the Alertmanager that they notify.
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { TestOwner } from '../../support/owner.ts';
import { inRepo } from '../../support/repo-root.ts';
import { removeAtExit } from './daemon.ts';

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: { readonly summary: string; readonly runbook_url: string };
}

export const LOKI_RULES = 'docker/loki-rules/access-log.yaml';
export const PROMETHEUS_RULES = 'docker/prometheus-rules.yaml';

export function readAlertRules(file: string): readonly AlertRule[] {
  const { groups }: { groups: readonly { rules: readonly AlertRule[] }[] } = parse(
    readFileSync(inRepo(file), 'utf8'),
  );
  return groups.flatMap(({ rules }) => rules);
}

const DURATION = /(?<=\[|offset |for: |interval: )(\d+)([mh])\b/g;

/** A folder of rules as Loki's ruler reads it, in which every minute of the committed file is as short as that. */
export function shortenedRules(tenant: string, minuteMs: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'otel-access-log-rules-'));
  removeAtExit(folder);
  const shortened = readFileSync(inRepo(LOKI_RULES), 'utf8').replaceAll(
    DURATION,
    (_, count: string, unit: string) => `${Number(count) * (unit === 'h' ? 60 : 1) * minuteMs}ms`,
  );
  mkdirSync(join(folder, tenant));
  writeFileSync(join(folder, tenant, 'access-log.yaml'), shortened);
  return folder;
}

export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface Alertmanager {
  readonly url: string;
  /** Every alert that it was notified of, in the order of arrival; repetitions included. */
  readonly alerts: readonly Alert[];
}

/** Takes alerts as the API v2 of Alertmanager does. */
export async function startAlertmanager(owner: TestOwner): Promise<Alertmanager> {
  const alerts: Alert[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    if (request.url === '/api/v2/alerts') alerts.push(...JSON.parse(body));
    response.writeHead(request.url === '/api/v2/alerts' ? 200 : 404).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  owner.after(async () => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, alerts };
}
