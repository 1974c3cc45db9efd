// What the README of an example says: how it is started, what is sent to it, which record that gives.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { inRepo } from '../../support/repo-root.ts';
import { consoleRecord, renderedRecord, type ShownRecord } from './shown-record.ts';

interface Readme {
  readonly start: { readonly env: Readonly<Record<string, string>>; readonly args: readonly string[] };
  readonly requests: readonly CurlRequest[];
  readonly record: ShownRecord;
  readonly text: string;
}

/** A line of curl. */
export interface CurlRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

export function readReadme(example: string): Readme {
  const text = readFileSync(inRepo('examples', example, 'README.md'), 'utf8');
  const lines = text.split('\n');
  const command = lines.find((line) => /^(?:[A-Z_]+=\S+ )*node /.test(line));
  assert.ok(command !== undefined, `${example}: a command is expected`);
  const [assignments = '', args = ''] = command.split(/(?:^| )node /);
  const env = assignments
    .split(' ')
    .filter(Boolean)
    .map((assignment) => assignment.split('='));
  const [, printed] = /^```js\n(\{\n[\s\S]*?)^```$/m.exec(text) ?? [];
  const [, rendered] = /^```\n(record\n[\s\S]*?)^```$/m.exec(text) ?? [];
  assert.ok(printed !== undefined || rendered !== undefined, `${example}: a record is expected`);
  return {
    start: { env: Object.fromEntries(env), args: args.split(' ') },
    requests: lines.filter((line) => line.startsWith('curl ')).map(curlRequest),
    record: printed === undefined ? renderedRecord(rendered ?? '') : consoleRecord(printed),
    text,
  };
}

function curlRequest(line: string): CurlRequest {
  const words = [...line.replace(/ +#.*/, '').matchAll(/'([^']*)'|(\S+)/g)].map(
    ([, quoted, bare]) => quoted ?? bare ?? '',
  );
  const headers: Record<string, string> = { 'user-agent': 'curl/7.88.1', accept: '*/*' };
  const flags = words.slice(1, -1);
  for (const [index, word] of flags.entries()) {
    const value = flags[index + 1] ?? '';
    if (word === '-A') headers['user-agent'] = value;
    if (word === '-H') headers[value.replace(/:.*/, '')] = value.replace(/.*?: */, '');
  }
  const address = words.at(-1) ?? '';
  return { url: new URL(address.includes('://') ? address : `http://${address}`), headers };
}
