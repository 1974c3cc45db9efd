/** A process with nothing to do but an export that is not answered: `node hanging-export.js PROTOCOL URL CA FILE`. */
import { createTransport } from '../../../src/delivery/transport/create-transport.ts';
import { encodedExport } from './support.ts';

const [protocol, url = '', ca = '', headersFile = ''] = process.argv.slice(2);
const notices = { warn: console.error, info: console.error };
const transport = createTransport(
  {
    protocol: protocol === 'grpc' ? 'grpc' : 'http/protobuf',
    url,
    headers: {},
    headersFile,
    compression: 'none',
    proxy: undefined,
    tls: url.startsWith('https:') ? { ca, cert: undefined, key: undefined } : undefined,
  },
  notices,
);
void transport.send([encodedExport('a')], 60_000).then(() => console.log('answered'));
process.once('beforeExit', () => console.log('free'));
