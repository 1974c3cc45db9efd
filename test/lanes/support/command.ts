import { spawn } from 'node:child_process';

const UNREACHABLE =
  /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT)\b/;

export interface CommandResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Runs a command to its end. @throws Error where it does not start */
export function runCommand({ command, args, cwd, env }: Command): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    const texts = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      texts.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      texts.stderr += text;
    });
    child.once('error', (error) =>
      reject(new Error(`the lanes need ${command}, which does not start: ${error.message}`)),
    );
    child.once('close', (status) => resolve({ status, ...texts }));
  });
}

/** @returns what it printed. @throws Error with its own words, and whether the registry was out of reach */
export async function succeed(command: Command): Promise<string> {
  const { status, stdout, stderr } = await runCommand(command);
  if (status === 0) return stdout;
  const why = UNREACHABLE.test(stderr + stdout)
    ? 'the lanes install real applications, and the npm registry cannot be reached'
    : `it ended with ${status}`;
  throw new Error(
    `${why}: ${command.command} ${command.args.join(' ')} (in ${command.cwd})\n${stderr}${stdout}`,
  );
}
