/** `npm run bench`: what this package costs, beside named peers. The method is that of paired, interleaved runs. */
import { parseArgs } from 'node:util';
import { reportSeries } from './macro/report.ts';
import { runSeries } from './macro/series.ts';
import { chooseVariants, VARIANTS } from './macro/variants.ts';
import { runMicro } from './micro/report.ts';
import { runSampling } from './sampling-report.ts';
import { measureStartUp } from './startup.ts';
import { chooseCores } from './support/cores.ts';
import { describeQuiet } from './support/machine.ts';
import { writeResults } from './support/results-file.ts';

const HELP = `Usage: npm run bench -- [options]

  --quick            a first impression in less than 3 minutes: short periods, 3 repetitions
  --repetitions N    how often each variant runs (default 10)
  --only A,B         these variants and what they are compared with: ${VARIANTS.map(({ id }) => id).join(', ')}
  --micro            instead: micro-benchmarks of single parts
  --sampling         instead: what the token bucket keeps of bursty traffic, beside other ways of limiting
  --write            also put the result into bench/RESULTS.md
`;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    repetitions: { type: 'string' },
    only: { type: 'string', default: '' },
    micro: { type: 'boolean', default: false },
    sampling: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

function publish(part: string, markdown: string): void {
  console.log(`${markdown}\n`);
  if (values.write) writeResults(part, markdown);
}

async function runMacro(): Promise<void> {
  const repetitions = Number(values.repetitions ?? (values.quick ? 3 : 10));
  if (!Number.isInteger(repetitions) || repetitions < 1) {
    throw new TypeError(
      `Expected --repetitions to be a whole number of at least 1, got ${values.repetitions}`,
    );
  }
  if (values.write && values.only !== '') {
    throw new TypeError('Expected --write without --only: the results in the file are those of all variants');
  }
  const variants = chooseVariants(values.only.split(',').filter((id) => id !== ''));
  const periods = values.quick ? { warmUp: 1, measured: 1.5 } : { warmUp: 2, measured: 3 };
  const cores = chooseCores();
  const place = `${cores.description}; ${describeQuiet()}`;
  const onProgress = (line: string): void => console.error(line);
  const series = await runSeries({ variants, repetitions, periods, cores, onProgress });
  publish('macro', reportSeries(variants, series, periods, place));
  publish('start-up', measureStartUp(values.quick ? 5 : 20, cores));
}

try {
  if (values.help) console.log(HELP);
  else if (values.micro) publish('micro', runMicro(chooseCores(), values.quick));
  else if (values.sampling) publish('sampling', runSampling());
  else await runMacro();
} catch (error) {
  console.error(error instanceof TypeError ? error.message : error);
  process.exitCode = 1;
}
