import { setTimeout as sleep } from 'node:timers/promises';
import { CONNECTIONS, loadOf } from '../macro/load.ts';
import type { Periods } from '../macro/measure.ts';
import { runSeries } from '../macro/series.ts';
import {
  type Cost,
  costOf,
  describeServed,
  describeWarmUp,
  type Served,
  serve,
  warmUp,
} from '../macro/serve.ts';
import { titleOf } from '../macro/tables.ts';
import type { Variant } from '../macro/variants.ts';
import type { Cores } from '../support/cores.ts';
import { describeMachine, ownVersion } from '../support/machine.ts';
import { table } from '../support/markdown.ts';
import type { Paired } from '../support/paired.ts';
import { type FunctionTime, IDLE, OWN_PREFIX, selfTimes } from './self-time.ts';

const TOP_OWN = 25;
const TOP_OTHERS = 12;
const LEAST_MICROS = 0.02;

export const PROFILED = ['bare', 'suppressed', 'ours', 'sdk', 'sdk-suppressed', 'sdk-ours'];

export interface ProfileOptions {
  readonly variants: readonly Variant[];
  readonly repetitions: number;
  readonly periods: Pick<Periods, 'warmUp' | 'measured'>;
  readonly cores: Cores;
  readonly place: string;
  readonly onProgress: (line: string) => void;
}

/** Self time per request, microseconds, by function. */
type Profile = ReadonlyMap<string, FunctionTime>;

interface Profiled extends Cost, Served {
  readonly functions: readonly FunctionTime[];
  readonly requests: number;
}

/** Where the loaded server spends its time, by a sampling profiler in its main thread; as Markdown. */
export async function reportProfile(options: ProfileOptions): Promise<string> {
  const { variants, repetitions, periods, cores, place, onProgress } = options;
  const series = await runSeries<Variant, Profiled>({
    subjects: variants,
    repetitions,
    cores,
    describe: describeServed,
    onProgress,
    measure: (variant, receiver) => {
      const load = (port: number, responseBytes: number) =>
        loadOf(variant.framework)(port, responseBytes, cores.others);
      return serve({ variant, cores, receiver, load }, async (server) => {
        await warmUp(server, periods.warmUp);
        const before = await server.ask('profileStart');
        await sleep(periods.measured * 1000);
        const { profile, ...after } = await server.ask('profileStop');
        const requests = after.served - before.served;
        return { functions: selfTimes(profile), requests, ...costOf(before, after) };
      });
    },
  });
  const profiles = new Map(variants.map(({ id }) => [id, perRequest(series, id)]));
  return [
    '## Profile',
    '',
    `${describeMachine()}; otel-access-log ${ownVersion()}. ${series.repetitions} × ${periods.measured} s after a ` +
      `${describeWarmUp(periods.warmUp)}; autocannon, ${CONNECTIONS} connections; ${place}. Self time of the main thread ` +
      'per request in µs, by the sampling profiler of V8, which itself makes everything slower: good for shares, not ' +
      'for sums.',
    '',
    placesTable(variants, profiles),
    ...variants.filter(isOurs).flatMap((variant) => ['', ...functionTables(variant, variants, profiles)]),
  ].join('\n');
}

function isOurs({ nodeArgs }: Variant): boolean {
  return nodeArgs.includes('otel-access-log/register');
}

function perRequest(series: Paired<Profiled>, id: string): Profile {
  const requests = series.sum(id, (measurement) => measurement.requests);
  const all = series.values(id, ({ functions }) => functions).flat();
  const found = new Map<string, FunctionTime>();
  for (const each of all) {
    const key = `${each.module} ${each.name}`;
    const micros = (found.get(key)?.micros ?? 0) + each.micros / requests;
    found.set(key, { ...each, micros });
  }
  return found;
}

function placesTable(variants: readonly Variant[], profiles: ReadonlyMap<string, Profile>): string {
  const columns = variants.map(({ id }) => placesOf(profiles.get(id)));
  const sums = columns.map((places) => [...places.values()].reduce((sum, micros) => sum + micros, 0));
  const most = (place: string): number => Math.max(...columns.map((places) => places.get(place) ?? 0));
  const places = [...new Set(columns.flatMap((each) => [...each.keys()]))]
    .filter((place) => most(place) >= LEAST_MICROS)
    .sort((a, b) => most(b) - most(a));
  return table(
    ['', ...variants.map(({ title }) => title)],
    [
      ...places.map((place) => [place, ...columns.map((each) => micros(each.get(place)))]),
      ['in all', ...sums.map(micros)],
    ],
  );
}

function placesOf(profile: Profile = new Map()): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  for (const { place, micros } of profile.values()) {
    if (place !== IDLE) places.set(place, (places.get(place) ?? 0) + micros);
  }
  return places;
}

function functionTables(
  variant: Variant,
  variants: readonly Variant[],
  profiles: ReadonlyMap<string, Profile>,
): string[] {
  const profile: Profile = profiles.get(variant.id) ?? new Map();
  const functions = [...profile.values()].sort((a, b) => b.micros - a.micros);
  const own = functions.filter(({ place }) => place.startsWith(OWN_PREFIX));
  const sum = own.reduce((total, each) => total + each.micros, 0);
  const against = variant.against === undefined ? undefined : profiles.get(variant.against);
  return [
    `### ${variant.title}`,
    '',
    `Of its own functions, ${sum.toFixed(2)} µs per request in all, those that take most:`,
    '',
    table(
      ['function', 'file', 'µs', 'of its own'],
      own
        .slice(0, TOP_OWN)
        .map((each) => [
          `\`${each.name}\``,
          each.module,
          micros(each.micros),
          `${((100 * each.micros) / sum).toFixed(0)} %`,
        ]),
    ),
    ...(against === undefined
      ? []
      : [
          '',
          `Of all others, those that grew most against ${titleOf(variants, variant.against ?? '')}:`,
          '',
          grownTable(profile, against),
        ]),
  ];
}

function grownTable(profile: Profile, against: Profile): string {
  const grown = [...profile]
    .filter(([, { place }]) => !place.startsWith(OWN_PREFIX) && place !== IDLE)
    .map(([key, each]) => ({ ...each, before: against.get(key)?.micros ?? 0 }))
    .sort((a, b) => b.micros - b.before - (a.micros - a.before))
    .slice(0, TOP_OTHERS);
  return table(
    ['function', 'module', 'µs', 'before'],
    grown.map(({ name, module, micros: now, before }) => [
      `\`${name}\``,
      module,
      micros(now),
      micros(before),
    ]),
  );
}

function micros(value = 0): string {
  return value < LEAST_MICROS ? '–' : value.toFixed(2);
}
