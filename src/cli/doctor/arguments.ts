import { parseArgs } from 'node:util';
import { messageOfCaught } from '../../telemetry/caught.ts';

export const USAGE =
  'usage: otel-access-log doctor [--verbose] [--json] [--timeout SECONDS] [-- node app.js]';

export interface DoctorArguments {
  readonly json: boolean;
  /** Whether options at their defaults are shown, and what masking does. */
  readonly verbose: boolean;
  /** For the application, and again for the endpoint. Default 15 000. */
  readonly timeoutMs: number;
  /** Empty where no application is to be run. */
  readonly command: readonly string[];
}

export const HELP: string = `${USAGE}

Sends one record to the configured endpoint and says what became of it, then prints the options that are set, with
where they were set. With a command it runs that with the access log, sends one request to the first port that listens,
and shows the record that came of it.

  --verbose           every option, also those at their defaults, and what masking makes of a made-up exchange
  --json              one JSON document on standard output, for scripts
  --timeout SECONDS   for the application, and again for the endpoint; 15 by default

Exit code 0 if the record arrived, 1 if it did not, 2 if the command line is wrong.
`;

/** @returns `help` where only the usage is wanted; what is wrong as `problem` */
export function parseDoctorArguments(
  args: readonly string[],
): DoctorArguments | 'help' | { readonly problem: string } {
  const end = args.indexOf('--');
  const command = end === -1 ? [] : args.slice(end + 1);
  if (end !== -1 && command.length === 0) return { problem: 'expected a command after --' };
  let values: { json?: boolean; verbose?: boolean; timeout?: string; help?: boolean };
  try {
    ({ values } = parseArgs({
      args: end === -1 ? [...args] : args.slice(0, end),
      options: {
        json: { type: 'boolean' },
        verbose: { type: 'boolean', short: 'v' },
        timeout: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }));
  } catch (error) {
    return { problem: firstSentence(error) };
  }
  if (values.help === true) return 'help';
  const seconds = Number(/^(\d+(?:\.\d+)?)s?$/.exec(values.timeout ?? '15')?.[1]);
  // A timer cannot wait longer.
  if (!(seconds > 0 && seconds * 1000 < 2 ** 31)) {
    return { problem: `--timeout: expected seconds > 0, got ${JSON.stringify(values.timeout)}` };
  }
  return { json: values.json ?? false, verbose: values.verbose ?? false, timeoutMs: seconds * 1000, command };
}

function firstSentence(error: unknown): string {
  return messageOfCaught(error).split(/\.\s|\n/, 1)[0] ?? '';
}
