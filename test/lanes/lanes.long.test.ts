import { describe, test } from 'node:test';
import { LANES, laneName } from './lane-table.ts';
import { useApplications } from './suite.ts';
import { tryLane } from './try-lane.ts';

describe('the packed package in fresh applications, all of them', { concurrency: 2 }, () => {
  const applicationOf = useApplications(
    LANES,
    LANES.map(({ node }) => node),
  );

  for (const lane of LANES) test(laneName(lane), (t) => tryLane(t, lane, applicationOf(lane)));
});
