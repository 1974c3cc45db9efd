import { type Findings, firstSet, misread, type OtlpProtocol, otlpNames } from './environment.ts';
import { showGiven } from './options-error.ts';
import { isToken, splitList } from './values.ts';

/** What the two transports take; the gRPC one is stricter, and throws with the value in its message. */
const isHeader: Readonly<Record<OtlpProtocol, (name: string, value: string) => boolean>> = {
  grpc: (name, value) => /^[0-9a-z_.-]+(?<!-bin)$/i.test(name) && /^[\x20-\x7e]*$/.test(value),
  'http/protobuf': (name, value) => isToken(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value),
};

/** Headers hold credentials: a message tells only which of them it is, by its place. */
export function checkHeaders(env: NodeJS.ProcessEnv, protocol: OtlpProtocol, findings: Findings): void {
  for (const variable of otlpNames('HEADERS')) {
    for (const [index, entry] of splitList(env[variable] ?? '').entries()) {
      const pair = parsePair(entry);
      if (pair === undefined || !isHeader[protocol](...pair)) {
        const given = `something else in place ${index + 1}`;
        findings.problems.push(misread(variable, 'name=value pairs, percent-encoded', given));
      }
    }
  }
}

/** As the exporters do it (W3C Baggage); what they cannot read they leave out without a word. */
function parsePair(entry: string): [name: string, value: string] | undefined {
  const text = entry.split(';', 1)[0] ?? '';
  const at = text.indexOf('=');
  const name = text.slice(0, Math.max(at, 0)).trim();
  const value = text.slice(at + 1).trim();
  if (name === '' || value === '') return undefined;
  try {
    return [decodeURIComponent(name), decodeURIComponent(value)];
  } catch {
    return undefined;
  }
}

/** The exporters ignore what is wrong here, as the specification wants it, and go on with their default. */
export function checkTimeoutAndCompression(env: NodeJS.ProcessEnv, findings: Findings): void {
  for (const name of otlpNames('TIMEOUT')) {
    const text = env[name]?.trim();
    if (text && !(Number.isFinite(Number(text)) && Number(text) > 0)) {
      findings.warnings.push(`${misread(name, 'a number > 0', showGiven(text))}; it is ignored`);
    }
  }
  for (const name of otlpNames('COMPRESSION')) {
    const text = env[name]?.trim();
    if (text && text !== 'gzip' && text !== 'none') {
      findings.warnings.push(`${misread(name, 'gzip or none', showGiven(text))}; it is ignored`);
    }
  }
}

/** Without a file the exporters would go on with the system's certificates, or as nobody in particular. */
export function checkTlsFiles(
  env: NodeJS.ProcessEnv,
  canRead: (path: string) => boolean,
  findings: Findings,
): void {
  const key = firstSet(env, ...otlpNames('CLIENT_KEY'));
  const certificate = firstSet(env, ...otlpNames('CLIENT_CERTIFICATE'));
  for (const file of [firstSet(env, ...otlpNames('CERTIFICATE')), key, certificate]) {
    if (file !== undefined && !canRead(file.text)) {
      findings.problems.push(misread(file.name, 'a file that can be read', showGiven(file.text)));
    }
  }
  if ((key === undefined) !== (certificate === undefined)) {
    const name = key?.name ?? certificate?.name ?? '';
    findings.problems.push(misread(name, 'client key and certificate together', 'only one of them'));
  }
}
