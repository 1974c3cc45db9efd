import { resourceFromAttributes } from '@opentelemetry/resources';
import { collectProblems } from '../../options/options-error.ts';
import { showPath } from '../../options/path/shown-path.ts';
import { resolveOptionsWithSources } from '../../options/resolve.ts';
import { readMaskingFiles } from '../../options/rules/masking-files.ts';
import { type MaskingRules, type NameRules, NO_RULES } from '../../options/rules/masking-rules.ts';
import type { ResolvedOptions } from '../../options/schema.ts';
import { RecordClock } from '../../record/clock.ts';
import { compileMasking } from '../../record/masking/compile-masking.ts';
import { HashKey } from '../../record/masking/hash-key.ts';
import type { Masking } from '../../record/masking/masking.ts';
import { MaskingCounts } from '../../record/masking/masking-counts.ts';
import { TimeBudget } from '../../record/masking/time-budget.ts';
import { Recorder } from '../../record/recorder.ts';
import { resourceScope } from '../../resource.ts';
import type { MaskedAttribute, MaskingReport, RuleNumbers } from './report.ts';
import { SAMPLE_HEADERS, sampleExchange } from './sample-exchange.ts';

/** The rules in force, and what they make of a made-up exchange. */
export function examineMasking(env: NodeJS.ProcessEnv): {
  /** `null` where they cannot be told, since an option or a file cannot be used. */
  readonly masking: MaskingReport | null;
  /** Of the rules file and the key. */
  readonly problems: readonly string[];
} {
  const resolved = resolveOptionsWithSources({}, env);
  const { rules: path, hashKeyFile } = resolved.options;
  if (path === undefined || hashKeyFile === undefined) return { masking: null, problems: [] };
  const problems: string[] = [];
  const files = collectProblems(
    () => readMaskingFiles({ rules: path, hashKeyFile }, (bytes) => HashKey.of(bytes)),
    problems,
  );
  if (files === undefined || resolved.problems.length > 0) return { masking: null, problems };
  // Without a problem every value was validated against the schema.
  const options = resolved.options as ResolvedOptions;
  const { rules: file, key } = files;
  const rules = file?.masking ?? NO_RULES;
  const { detect } = options;
  const budget = new TimeBudget(() => 0);
  const masking = compileMasking({ rules, detect, key, counts: new MaskingCounts(), budget });
  const report: MaskingReport = {
    file: path === '' ? null : showPath(path),
    hash: file?.hash ?? null,
    keyId: key?.id ?? null,
    detectors: masking.rules.filter((rule) => !rule.includes('.')),
    numbers: numbersOf(rules),
    sample: sampleOf(options, rules, masking),
  };
  return { masking: report, problems };
}

function numbersOf(rules: MaskingRules): RuleNumbers {
  return {
    query: numberOf(rules.query),
    cookies: numberOf(rules.cookies),
    headers: numberOf(rules.headers),
    paths: rules.paths.length,
    patterns: rules.patterns.length,
    allow: rules.allow.size,
  };
}

function numberOf({ exact, prefixes, rest }: NameRules): number {
  return exact.size + prefixes.length + (rest === undefined ? 0 : 1);
}

/** Shows everything as it came, which no record may do: for the left side of a comparison. */
const UNMASKED: Masking = {
  canHash: true,
  path: (path) => path,
  query: (text, start) => text.slice(start),
  header: (_name, value) => value,
  text: (_attribute, value) => value,
  field: (_attribute, value) => value,
  hash: (_namespace, value) => value,
};

/** The attributes of the record of a made-up exchange that masking changes. */
function sampleOf(options: ResolvedOptions, rules: MaskingRules, masking: Masking): MaskedAttribute[] {
  const before = attributesWith(UNMASKED, options, rules);
  const after = attributesWith(masking, options, rules);
  return Object.keys(before).flatMap((attribute) => {
    const [raw, shown = null] = [before[attribute], after[attribute]];
    return JSON.stringify(raw) === JSON.stringify(shown) ? [] : [{ attribute, before: raw, after: shown }];
  });
}

function attributesWith(
  masking: Masking,
  options: ResolvedOptions,
  rules: MaskingRules,
): Readonly<Record<string, unknown>> {
  const requestHeaders = [...new Set([...options.requestHeaders, ...SAMPLE_HEADERS])];
  const recorder = new Recorder(
    { ...options, requestHeaders },
    undefined,
    { current: masking },
    new RecordClock(
      () => 0,
      () => 0,
    ),
    () => undefined,
  );
  const names = [...recorder.requestHeaderNames, ...recorder.identityHeaderNames];
  const scope = resourceScope(resourceFromAttributes({}));
  return { ...recorder.build(sampleExchange(rules, names), scope).attributes };
}
