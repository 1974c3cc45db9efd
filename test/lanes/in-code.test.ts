import { describe, test } from 'node:test';
import { checkTypes, type Setup, setupName, tryBucket, tryInCode } from './support/in-code.ts';
import { useApplications } from './support/suite.ts';

const SETUPS: readonly Setup[] = [
  { node: '20.20.2', line: '2.x', args: ['--import', './sdk-in-code.mjs', 'express.mjs'] },
  { node: '24.21.0', line: '3.x', args: ['--require', './sdk-in-code.mjs', 'express.cjs'] },
];

describe('HttpAccessLogInstrumentation and TokenBucketLogRecordProcessor in a NodeSDK', {
  concurrency: 2,
}, () => {
  const applicationOf = useApplications(
    SETUPS.map(({ line }) => ({ line, layout: 'npm' })),
    SETUPS.map(({ node }) => node),
  );

  for (const setup of SETUPS) {
    const { line } = setup;
    const application = (): ReturnType<typeof applicationOf> => applicationOf({ line, layout: 'npm' });
    test(`${setupName(setup)}: every exchange, and nothing else changes`, (t) =>
      tryInCode(t, setup, application()));
    test(`${setupName(setup)}: the token bucket`, (t) => tryBucket(t, setup, application()));
    test(`types: OpenTelemetry ${line}`, () => checkTypes(application(), 'sdk-in-code.mjs'));
  }
});
