import { pipeline } from 'node:stream/promises';
import { OptionsError } from '../options/options-error.ts';
import { readMaskingFiles } from '../options/rules/masking-files.ts';
import { HashKey } from '../record/masking/hash-key.ts';
import { printable } from '../render/terminal.ts';
import { messageOfCaught } from '../telemetry/caught.ts';
import { HELP, type MaskArguments, parseMaskArguments, USAGE } from './mask/arguments.ts';
import { LineMasking } from './mask/line-masking.ts';
import { encodingOf, type InputLine, LineSplitter } from './mask/lines.ts';
import { explanation, type LineCounts, summaryText } from './mask/summary.ts';

/**
 * `otel-access-log mask [--rules FILE] < sample.txt`: masks lines of standard input by rules, to try these without a
 * service.
 *
 * @returns the exit code: 0 at the end, 1 where the files cannot be used, 2 where an argument is wrong
 */
export async function mask(args: readonly string[]): Promise<number> {
  let options: MaskArguments | undefined;
  try {
    options = parseMaskArguments(args);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    process.stderr.write(`otel-access-log mask: ${printable(error.message)}\n${USAGE}\n`);
    return 2;
  }
  if (options === undefined) {
    process.stdout.write(HELP);
    return 0;
  }
  const masking = maskingOf(options);
  return masking === undefined ? 1 : maskInput(masking, options.explain);
}

/** @returns `undefined` where the files cannot be used, which was told then */
function maskingOf({ detect, ...paths }: MaskArguments): LineMasking | undefined {
  try {
    const { rules, key } = readMaskingFiles(paths, (bytes) => HashKey.of(bytes));
    return new LineMasking(rules?.masking, detect, key);
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    for (const problem of error.problems) {
      process.stderr.write(`otel-access-log mask: ${printable(asArgument(problem))}\n`);
    }
    return undefined;
  }
}

/** The message for a service names its options. */
function asArgument(problem: string): string {
  return problem
    .replaceAll('hashKeyFile (ACCESS_LOG_HASH_KEY_FILE)', '--hash-key-file')
    .replace(/^rules \(ACCESS_LOG_RULES\)/, '--rules');
}

async function maskInput(masking: LineMasking, explains: boolean): Promise<number> {
  const { stdin, stdout, stderr } = process;
  const counts: LineCounts = { lines: 0, changed: 0, cut: 0 };
  // A sample comes from traffic, and must not steer the terminal.
  const finish = stdout.isTTY ? printable : (text: string): string => text;

  function masked({ bytes, end, isCut }: InputLine): Buffer {
    const encoding = encodingOf(bytes);
    const given = bytes.toString(encoding);
    const line = masking.mask(given);
    counts.lines++;
    if (line.text !== given) counts.changed++;
    if (isCut || line.isCut) counts.cut++;
    const found = explains && line.hits.size > 0 ? `\t# ${explanation(line.hits)}` : '';
    return Buffer.concat([Buffer.from(finish(line.text), encoding), Buffer.from(`${found}${end}`)]);
  }

  const lines = new LineSplitter();
  try {
    await pipeline(
      stdin,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) yield Buffer.concat([...lines.push(chunk)].map(masked));
        yield Buffer.concat([...lines.end()].map(masked));
      },
      stdout,
      { end: false },
    );
  } catch (error) {
    // The reader has gone, as `head` does.
    if (error instanceof Error && 'code' in error && error.code === 'EPIPE') return 0;
    stderr.write(`otel-access-log mask: ${printable(messageOfCaught(error))}\n`);
    return 1;
  }
  stderr.write(summaryText(counts, masking.rules, masking.counts));
  return 0;
}
