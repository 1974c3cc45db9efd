/** A process with nothing to do but an export that is not answered: `node hanging-export.js PROTOCOL URL CA FILE MS`. */
import { encodedExport, transportTo } from './support.ts';

const [protocol, url = '', ca = '', headersFile = '', timeoutMs = '60000'] = process.argv.slice(2);
const tls = url.startsWith('https:') ? { ca, cert: undefined, key: undefined } : undefined;
const transport = transportTo(protocol, url, { headersFile, tls });
void transport.send([encodedExport('a')], Number(timeoutMs)).then(() => console.log('answered'));
process.once('beforeExit', () => console.log('free'));
