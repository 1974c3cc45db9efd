// Texts in the grammars of JSON, logfmt, the combined log format and terminals, wherever a client can put one: no
// reader of a body finds an attribute that is not ours, a second record, or a value at another place.
// FUZZ_SEED (printed) plays a run again, with FUZZ_PATH (printed where it fails) one target alone; TEST_SECONDS is
// how long it takes, about.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import type { BodyFormat } from '../../src/options/schema.ts';
import type { RecordAttributes } from '../../src/record/record-fields.ts';
import { testSeconds } from '../support/test-seconds.ts';
import { checkCombined, checkJson, checkLine, type ExpectedRecord } from './support/body-oracle.ts';
import { FUZZ_SEED } from './support/fuzz.ts';
import { type HostileRecord, hostileRecord } from './support/hostile-records.ts';
import { Dice } from './support/hostile-text.ts';

const PER_SECOND = 5_000;
const TARGETS = testSeconds(4) * PER_SECOND;
const { FUZZ_PATH } = process.env;

const CHECKS: Readonly<Record<BodyFormat, (body: string, expected: ExpectedRecord) => void>> = {
  line: checkLine,
  json: checkJson,
  combined: checkCombined,
};
const FORMATS = Object.keys(CHECKS) as BodyFormat[];

function expectedOf({ record, exchange }: HostileRecord): ExpectedRecord {
  const attributes = record.attributes as RecordAttributes;
  const names = exchange.fields?.definitions.map(({ name }) => name) ?? [];
  return {
    attributes,
    severityText: record.severityText,
    service: record.service,
    fieldNames: names.filter((name) => attributes[name] !== undefined),
  };
}

function check(index: number): void {
  const hostile = hostileRecord(new Dice(Math.imul(FUZZ_SEED, 0x9e3779b1) + index));
  const format = FORMATS[index % FORMATS.length] ?? 'line';
  // Attributes first: `session.id` and the like are in no body.
  const expected = expectedOf(hostile);
  const body = hostile.record.line(format);
  try {
    CHECKS[format](body, expected);
  } catch (error) {
    const told = inspect(expected.attributes, { maxStringLength: 3000, breakLength: 200 });
    assert.fail(
      `FUZZ_SEED=${FUZZ_SEED} FUZZ_PATH=${index}\n${format}: ${JSON.stringify(body)}\n${told}\n${error}`,
    );
  }
}

describe('downstream cannot be fooled', () => {
  test(`${TARGETS} targets, with other texts beside them`, (t) => {
    t.diagnostic(`FUZZ_SEED=${FUZZ_SEED}`);
    if (FUZZ_PATH !== undefined) check(Number(FUZZ_PATH));
    else for (let index = 0; index < TARGETS; index++) check(index);
  });
});
