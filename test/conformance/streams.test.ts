// Every way in which a stream of HTTP/2 can go: its record is held against what its client saw, and what client and
// application see against a run without the package.
import { describeStreamConformance } from './support/stream-conformance.ts';

describeStreamConformance('HTTP/2', async () => ({
  node: process.execPath,
  major: Number(process.versions.node.split('.')[0]),
}));
