// The rows of the conformance suite on every Node: the scenarios run there, and are judged here.
import { describeConformance } from '../conformance/support/conformance.ts';
import { FACTORS } from './lane-table.ts';
import { nodeBinary } from './support/node-binary.ts';

for (const version of FACTORS.node) {
  describeConformance(`HTTP/1 on Node ${version}`, async () => ({
    node: await nodeBinary(version),
    major: Number(version.split('.')[0]),
  }));
}
