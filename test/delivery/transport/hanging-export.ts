/** A process with nothing to do but an export that is not answered: `node hanging-export.js PROTOCOL URL CA FILE MS`. */
import { createTransport } from '../../../src/delivery/transport/create-transport.ts';
import { encodedExport } from './support.ts';

const [protocol, url = '', ca = '', headersFile = '', timeoutMs = '60000'] = process.argv.slice(2);
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
void transport.send([encodedExport('a')], Number(timeoutMs)).then(() => console.log('answered'));
process.once('beforeExit', () => console.log('free'));
