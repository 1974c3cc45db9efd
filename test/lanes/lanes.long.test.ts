import { describe, test } from 'node:test';
import { LANES, laneName, SPANS_INSIDE } from './lane-table.ts';
import { useApplications } from './support/suite.ts';
import { tryLane } from './support/try-lane.ts';

const ALL = [...LANES, ...SPANS_INSIDE];

describe('the packed package in fresh applications, all of them', { concurrency: 2 }, () => {
  const applicationOf = useApplications(
    ALL,
    ALL.map(({ node }) => node),
  );

  for (const lane of ALL) test(laneName(lane), (t) => tryLane(t, lane, applicationOf(lane)));
});
