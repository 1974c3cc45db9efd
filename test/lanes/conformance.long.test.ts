// The rows of the conformance suite on every Node: the scenarios run there, and are judged here.
import { describeConformance } from '../conformance/support/conformance.ts';
import { describeStreamConformance } from '../conformance/support/stream-conformance.ts';
import { FACTORS } from './lane-table.ts';
import { nodeBinary } from './support/node-binary.ts';

for (const version of FACTORS.node) {
  const laneOf = async () => ({
    node: await nodeBinary(version),
    major: Number(version.split('.')[0]),
  });
  describeConformance(`HTTP/1 on Node ${version}`, laneOf);
  describeStreamConformance(`HTTP/2 on Node ${version}`, laneOf);
}
