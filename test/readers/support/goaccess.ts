import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestOwner } from '../../support/owner.ts';

interface Row {
  readonly data: string;
  readonly method?: string;
  readonly hits: { readonly count: number };
  readonly items?: readonly Row[];
}

export interface Panel {
  readonly data: readonly Row[];
}

/** What GoAccess has read, as far as the tests look at it. */
export interface Report {
  readonly general: { readonly valid_requests: number; readonly failed_requests: number };
  readonly status_codes: Panel;
  readonly vhosts?: Panel;
  readonly mime_type?: Panel;
  readonly requests: {
    readonly data: readonly (Row & { readonly avgts?: number })[];
  };
}

/** No file of the user's own; the lines come on standard input. */
const GOACCESS_ARGS: readonly string[] = ['-', '--no-global-config', '--no-progress'];

/** GoAccess's report on these lines. */
export function goaccess(owner: TestOwner, lines: readonly string[], args: readonly string[]): Report {
  const folder = mkdtempSync(join(tmpdir(), 'otel-access-log-goaccess-'));
  owner.after(async () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'report.json');
  const { status, stdout, stderr } = spawnSync('goaccess', [...GOACCESS_ARGS, ...args, '-o', file], {
    input: `${lines.join('\n')}\n`,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`goaccess ended with ${status}: ${stdout}${stderr}`);
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Hits with a status: GoAccess shows one that is none as `Unknown`, or as `0`. */
export function withStatus(report: Report): number {
  const items = report.status_codes.data.flatMap(({ items = [] }) => items);
  const known = items.filter(({ data }) => /^[1-5]\d\d /.test(data));
  return known.reduce((sum, { hits }) => sum + hits.count, 0);
}
