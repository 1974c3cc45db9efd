// A real VictoriaLogs, and its answers to queries in LogsQL.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildVictoriaLogs } from '../build.ts';
import { Daemon, removeAtExit, withFreePorts } from './daemon.ts';
import { poll } from './poll.ts';

export interface VictoriaLogs {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly otlpEndpoint: string;
  /** Asks until there are as many rows as that. */
  query(logsql: string, rows: number): Promise<Record<string, string>[]>;
  /** The names of the streams that have rows like these. */
  streams(logsql: string): Promise<string[]>;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';

export async function startVictoriaLogs(): Promise<VictoriaLogs> {
  const command = await buildVictoriaLogs();
  const folder = mkdtempSync(join(tmpdir(), 'otel-access-log-victorialogs-'));
  removeAtExit(folder);
  return withFreePorts(1, async ([port]) => {
    const url = `http://${HOST}:${port}`;
    const daemon = new Daemon({
      name: 'victorialogs',
      command,
      args: [`-httpListenAddr=${HOST}:${port}`, `-storageDataPath=${join(folder, 'data')}`],
      env: {},
      folder,
      readyUrl: `${url}/health`,
    });
    await daemon.start();
    const ask = async (path: string, query: string): Promise<string> => {
      // What was taken is visible a second later, or at once after this.
      await fetch(`${url}/internal/force_flush`);
      const answer = await fetch(`${url}${path}`, { method: 'POST', body: new URLSearchParams({ query }) });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`VictoriaLogs answered ${answer.status}: ${text}`);
      return text;
    };
    return {
      otlpEndpoint: `${url}/insert/opentelemetry`,
      query: (logsql, rows) =>
        poll({
          what: logsql,
          ask: async () => {
            const lines = (await ask('/select/logsql/query', logsql)).split('\n').filter(Boolean);
            return lines.map((line) => JSON.parse(line) as Record<string, string>);
          },
          wanted: ({ length }) => length >= rows,
          show: (found) => JSON.stringify(found, undefined, 1),
        }),
      streams: async (logsql) => {
        const answer = JSON.parse(await ask('/select/logsql/streams', logsql)) as {
          values: { value: string }[];
        };
        return answer.values.map(({ value }) => value).sort();
      },
      stop: async () => {
        await daemon.stop();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  });
}
