/** A process with nothing to do but an export to a name of which only the last address answers: `… PROTOCOL URL`. */
import dns from 'node:dns';
import { encodedExport, PATIENCE_MS, transportTo } from './support.ts';

const ADDRESSES = ['127.0.0.2', '::1', '127.0.0.1'].map((address) => {
  return { address, family: address.includes(':') ? 6 : 4 };
});
Object.assign(dns, {
  lookup: (_name: string, _options: unknown, callback: (error: null, found: typeof ADDRESSES) => void) => {
    setImmediate(() => callback(null, ADDRESSES));
  },
});

const [protocol, url = ''] = process.argv.slice(2);
const transport = transportTo(protocol, url);
// Until the answer comes, and no longer.
const waiting = setTimeout(() => undefined, PATIENCE_MS);
console.log((await transport.send([encodedExport('a')], PATIENCE_MS)).kind);
clearTimeout(waiting);
