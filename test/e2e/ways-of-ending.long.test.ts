// The table of docs/delivery.md over HTTP: ways-of-ending.test.ts has it over gRPC.
import { describeEndings } from './support/endings.ts';

describeEndings('http/protobuf');
