// Every way in which an exchange of HTTP/1 can go: its records are held against the bytes on the wire, and what client
// and application see against a run without the package.
import { describeConformance } from './support/conformance.ts';

describeConformance('HTTP/1', async () => ({
  node: process.execPath,
  major: Number(process.versions.node.split('.')[0]),
}));
