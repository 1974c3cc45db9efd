#!/usr/bin/env node
import { printable } from './render/terminal.ts';
import { messageOfCaught } from './telemetry/caught.ts';
import { VERSION } from './version.ts';

const USAGE = 'usage: otel-access-log <tail | doctor | mask> [options] | --help | --version';
const HELP = `${USAGE}

  tail      receive records over OTLP and show them live
  doctor    check the setup of a service, and say what is wrong with it
  mask      try masking rules on lines of text

otel-access-log <command> --help says more.
`;

/** Each returns its exit code: 0, 1 where it failed, 2 where it was called wrongly. */
const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  tail: async (args) => (await import('./cli/tail.ts')).tail(args),
  doctor: async (args) => (await import('./cli/doctor.ts')).doctor(args),
  mask: async (args) => (await import('./cli/mask.ts')).mask(args),
};

async function main([name = '', ...args]: readonly string[]): Promise<number> {
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  if (name === '--version' || name === '-v') {
    process.stdout.write(`${VERSION}\n`);
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command !== undefined) return command(args);
  const complaint =
    name === '' ? '' : `otel-access-log: no such command: ${printable(JSON.stringify(name))}\n`;
  process.stderr.write(`${complaint}${USAGE}\n`);
  return 2;
}

/** Whoever reads may go before the end (`doctor | head -1`): what is left to write is for nobody, and no failure. */
function forgiveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // A command that has its own listener knows better what to do, as `tail` and `mask`.
      if (error.code !== 'EPIPE' && stream.listenerCount('error') === 1) throw error;
    });
  }
}

forgiveReaders();
main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`otel-access-log: ${printable(messageOfCaught(error))}\n`);
    process.exitCode = 1;
  },
);
