// The everyday surroundings; all of them are in lanes.long.test.ts.
import { describe, test } from 'node:test';
import { laneName, REPRESENTATIVE } from './lane-table.ts';
import { useApplications } from './support/suite.ts';
import { tryLane } from './support/try-lane.ts';

describe('the packed package in fresh applications', { concurrency: 2 }, () => {
  const applicationOf = useApplications(
    REPRESENTATIVE,
    REPRESENTATIVE.map(({ node }) => node),
  );

  for (const lane of REPRESENTATIVE) test(laneName(lane), (t) => tryLane(t, lane, applicationOf(lane)));
});
