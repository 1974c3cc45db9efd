import { parseArgs } from 'node:util';
import type { DetectorName } from '../../options/groups/privacy-options.ts';
import { resolveOptionsWithSources } from '../../options/resolve.ts';
import { optionSchema, variableOf } from '../../options/schema.ts';

export const USAGE: string =
  'usage: otel-access-log mask [--rules FILE] [--hash-key-file FILE] [--detect LIST] [--explain] [--help] < sample.txt';

export const HELP: string = `${USAGE}

Masks lines of standard input as an access log with these rules would, and writes them to standard output. A summary on
standard error counts what each rule has found, and names the rules that found nothing. No environment variable is read.

  --rules FILE           rules file; without it what is masked by default
  --hash-key-file FILE   key of hashes, which rules with hash need: openssl rand -hex 32
  --detect LIST          detectors, as in ACCESS_LOG_DETECT: jwt,bearer,card,phone-cn by default
  --explain              behind each line that was masked, which rules have found something, and where

What a line is taken for:
  GET /path?query        a request line or target, also an absolute URL: rules of path and query
  cookie: sid=1          a header: rules of headers and cookies
  tenant.id: acme        an attribute, by a name with a dot in it
  {"url.path": "/"}      a JSON object: each text in it by its key, as an attribute or as text
  anything else          text: detectors, all patterns, and rules of path and query for URLs and requests in it

Exit code 0, 1 if the files cannot be used, 2 if the command line is wrong.
`;

export interface MaskArguments {
  /** Empty for none, as {@link hashKeyFile}. */
  readonly rules: string;
  readonly hashKeyFile: string;
  readonly detect: readonly DetectorName[];
  readonly explain: boolean;
}

const OPTIONS = {
  rules: { type: 'string' },
  'hash-key-file': { type: 'string' },
  detect: { type: 'string' },
  explain: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/**
 * Reads the arguments of `mask`.
 * @returns `undefined` where help is asked for
 * @throws TypeError with the wrong argument, what was expected and what was given
 */
export function parseMaskArguments(args: readonly string[]): MaskArguments | undefined {
  const { values } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false });
  if (values.help === true) return undefined;
  return {
    rules: pathOf('--rules', values.rules),
    hashKeyFile: pathOf('--hash-key-file', values['hash-key-file']),
    detect: values.detect === undefined ? optionSchema.detect.default : detectorsOf(values.detect),
    explain: values.explain ?? false,
  };
}

function pathOf(option: string, text: string | undefined): string {
  // A shell variable that is not set would else mean: without rules.
  if (text?.trim() === '') throw wrong(option, 'the path of a file', text);
  return text ?? '';
}

function detectorsOf(text: string): readonly DetectorName[] {
  const { detect } = resolveOptionsWithSources({}, { [variableOf('detect')]: text }).options;
  if (detect === undefined || text.trim() === '') throw wrong('--detect', optionSchema.detect.expected, text);
  return detect;
}

function wrong(option: string, expected: string, given: string): TypeError {
  return new TypeError(`${option}: expected ${expected}, got ${JSON.stringify(given)}`);
}
