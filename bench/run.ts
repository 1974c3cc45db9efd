/** `npm run bench`: what this package costs, beside named peers. The method is that of paired, interleaved runs. */
import { parseArgs } from 'node:util';
import { VARIANTS } from './macro/variants.ts';
import { type BenchOptions, PARTS } from './parts.ts';
import { STATES } from './spool/states.ts';
import { chooseCores } from './support/cores.ts';
import { describeQuiet } from './support/machine.ts';
import { writeResults } from './support/results-file.ts';

const HELP = `Usage: npm run bench -- [options]

  --quick            a first impression in less than 3 minutes: the main variants on node:http, few repetitions
  --repetitions N    how often each variant on node:http runs (default 10); other parts are repeated in proportion
  --only A,B         these variants and what they are compared with:
                     ${VARIANTS.map(({ id }) => id).join(', ')}
                     with --spool these states: ${STATES.map(({ id }) => id).join(', ')}
  --write            also put the results into bench/RESULTS.md

Without any of these, the usual parts: ${PARTS.filter(({ isUsual }) => isUsual)
  .map(({ id }) => id)
  .join(', ')}.
${PARTS.map(({ id, title }) => `  ${`--${id}`.padEnd(18)} ${title}`).join('\n')}
`;

function parse() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      repetitions: { type: 'string' },
      only: { type: 'string', default: '' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      ...Object.fromEntries(PARTS.map(({ id }) => [id, { type: 'boolean' as const }])),
    },
  });
  return values;
}

type Values = ReturnType<typeof parse>;

function optionsOf({ quick, repetitions, only, write }: Values): BenchOptions {
  const scale = repetitions === undefined ? undefined : Number(repetitions);
  if (scale !== undefined && (!Number.isInteger(scale) || scale < 1)) {
    throw new TypeError(`Expected --repetitions to be a whole number of at least 1, got ${repetitions}`);
  }
  if (write && only !== '') {
    throw new TypeError('Expected --write without --only: the results in the file are those of all variants');
  }
  const cores = chooseCores();
  return {
    isQuick: quick,
    repetitions: scale,
    only: only.split(',').filter((id) => id !== ''),
    cores,
    place: `${cores.description}; ${describeQuiet()}`,
    onProgress: (line) => console.error(line),
  };
}

async function run(values: Values): Promise<void> {
  const options = optionsOf(values);
  const named = PARTS.filter(({ id }) => (values as Readonly<Record<string, unknown>>)[id] === true);
  const usual = PARTS.filter((part) => part.isUsual && (!options.isQuick || part.isQuick));
  for (const part of named.length === 0 ? usual : named) {
    const markdown = await part.run(options);
    if (markdown === undefined) continue;
    console.log(`${markdown}\n`);
    if (values.write) writeResults(part.id, markdown);
  }
}

try {
  const values = parse();
  if (values.help) console.log(HELP);
  else await run(values);
} catch (error) {
  console.error(error instanceof TypeError ? error.message : error);
  process.exitCode = 1;
}
