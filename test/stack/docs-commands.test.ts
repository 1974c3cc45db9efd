// The commands of the documents that start something, typed as they stand there in a folder with an application: those
// of which the table in CONTRIBUTING.md says so. Only the hosts of the stack are put in, and who asks Loki asks as the
// tenant of its Collector.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { codeSpans, tableRows } from '../docs/support/markdown.ts';
import type { TestOwner } from '../support/owner.ts';
import { inRepo } from '../support/repo-root.ts';
import { cleanEnv } from '../support/spawn-app.ts';
import { LokiClient } from './support/loki-client.ts';
import { poll } from './support/poll.ts';
import type { Stack } from './support/stack.ts';
import { describeStack } from './support/suite.ts';

const APP = `
import { createServer } from 'node:http';
const server = createServer((request, response) => response.end('hello'));
server.listen(0, () => console.log('listening ' + server.address().port));
`;

const commands = tableRows('CONTRIBUTING.md', 'Commands')
  .filter(([, runBy]) => runBy?.includes('`test/stack/docs-commands.test.ts`'))
  .map(([command = '']) => codeSpans(command)[0] ?? '');

describeStack('the commands in the documents', (stack) => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'otel-access-log-docs-'));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    writeFileSync(join(folder, 'app.js'), APP);
    const bin = join(folder, 'node_modules', '.bin');
    mkdirSync(bin, { recursive: true });
    symlinkSync(inRepo(), join(folder, 'node_modules', 'otel-access-log'));
    // What npm makes of `bin` in package.json.
    const cli = join(bin, 'otel-access-log');
    writeFileSync(cli, `#!/bin/sh\nexec '${process.execPath}' '${inRepo('dist', 'cli.js')}' "$@"\n`);
    chmodSync(cli, 0o755);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const [index, command] of commands.entries()) {
    const isCurl = command.startsWith('curl ');
    const skip = isCurl && spawnSync('curl', ['--version']).error ? 'there is no curl on the PATH' : false;
    test(command, { skip }, async (t) => {
      const typed = new Command(t, folder, withHosts(command, stack()), stack().grpcEndpoint);
      if (isCurl) {
        assert.equal(await typed.ended, 0, typed.output);
        assert.match(typed.output, /"status":"success".*"service_name":"shop"/);
      } else if (command.includes(' doctor')) {
        assert.equal(await typed.ended, 0, typed.output);
        assert.match(typed.output, /✓/);
      } else {
        const [, port] = await typed.waitFor(/^listening (\d+)$/m);
        const path = `/commands/${index}`;
        await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
        typed.end();
        await typed.ended;
        if (command.includes('=console ')) assert.match(typed.output, /eventName: 'access_log\.request'/);
        else await lineOf(stack(), command, path);
      }
    });
  }

  test('there are such commands', () => assert.ok(commands.length > 0));
});

function withHosts(command: string, { grpcEndpoint, lokiUrl, tenant }: Stack): string {
  return command
    .replace('X-Scope-OrgID: tenant-1', `X-Scope-OrgID: ${tenant}`)
    .replace('http://collector:4317', grpcEndpoint)
    .replace('http://loki:3100', lokiUrl)
    .replace('localhost:3100', lokiUrl.replace('http://', ''));
}

/** Waits for the one line of a request; a command that names its tenant sends it there. */
async function lineOf(stack: Stack, command: string, path: string): Promise<void> {
  const [, tenant = stack.tenant] = /X-Scope-OrgID=([\w-]+)/.exec(command) ?? [];
  const logql = `{service_name=~".+"} | url_path="${path}"`;
  const client = new LokiClient(stack.lokiUrl, tenant);
  const lines = await client.waitFor(logql, ({ length }) => length > 0);
  const [, service] = /OTEL_SERVICE_NAME=(\S+)/.exec(command) ?? [];
  assert.equal(lines.length, 1);
  if (service !== undefined) assert.equal(lines[0]?.labels.service_name, service);
}

/** A line for the shell, and everything that it starts. */
class Command {
  readonly #child: ChildProcess;
  /** The exit code. */
  readonly ended: Promise<number | null>;
  output = '';

  constructor(owner: TestOwner, folder: string, line: string, endpoint: string) {
    this.#child = spawn('sh', ['-c', line], {
      cwd: folder,
      env: { ...cleanEnv(), OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that a signal reaches what the shell has started.
      detached: true,
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject).once('close', resolve);
    });
    owner.after(async () => {
      this.#signal('SIGKILL');
      await this.ended;
    });
  }

  async waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    const ask = async (): Promise<RegExpExecArray | null> => pattern.exec(this.output);
    const found = await poll({
      what: String(pattern),
      ask,
      wanted: (match) => match !== null,
      show: () => this.output,
    });
    assert.ok(found !== null);
    return found;
  }

  end(): void {
    this.#signal('SIGTERM');
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, signal);
  }
}
