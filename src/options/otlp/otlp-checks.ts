import {
  type Findings,
  firstSet,
  misread,
  type OtlpProtocol,
  otlpNames,
  type Variable,
  whyNot,
} from '../environment.ts';
import type { ReadFile } from '../file/read-file.ts';
import { showGiven } from '../options-error.ts';
import { showGivenPath } from '../path/shown-path.ts';
import { MAX_TIMER_MS } from '../values/values.ts';
import { checkTlsContents, MAX_PEM_BYTES, type TlsContents, type TlsFiles } from './tls-files.ts';

/** How an export is compressed. */
export type Compression = (typeof COMPRESSIONS)[number];

const COMPRESSIONS = ['none', 'gzip', 'zstd'] as const;

/** Of the specification (protocol/exporter.md). */
const DEFAULT_TIMEOUT_MS = 10_000;

/** Python's SDK reads the variable in seconds: values up to this are more likely seconds than milliseconds. */
const LIKELY_SECONDS = 60;

/** An invalid value is ignored with a warning (specification, configuration/common.md). */
export function readTimeout(env: NodeJS.ProcessEnv, findings: Findings): number {
  let timeoutMs: number | undefined;
  for (const name of otlpNames('TIMEOUT')) {
    const text = env[name]?.trim();
    if (!text) continue;
    const value = Number(text);
    if (Number.isFinite(value) && value > 0) {
      timeoutMs ??= Math.min(value, MAX_TIMER_MS);
      if (value <= LIKELY_SECONDS) {
        const mistake = misread(name, 'milliseconds', showGiven(text));
        findings.warnings.push(`${mistake}, which would be a usual number of seconds; ${value} ms is used`);
      }
    } else findings.warnings.push(`${misread(name, 'a number > 0', showGiven(text))}; it is ignored`);
  }
  return timeoutMs ?? DEFAULT_TIMEOUT_MS;
}

/** Zstandard only where this Node has it (22.15), and not over gRPC, whose specification does not name it. */
export function readCompression(
  env: NodeJS.ProcessEnv,
  protocol: OtlpProtocol,
  findings: Findings,
): Compression {
  const variables = otlpNames('COMPRESSION').flatMap((name) => firstSet(env, name) ?? []);
  return checkCompression(variables, protocol, findings);
}

/** @param variables those that are set, the one that comes first first */
export function checkCompression(
  variables: readonly Variable[],
  protocol: OtlpProtocol,
  findings: Findings,
): Compression {
  let compression: Compression | undefined;
  for (const variable of variables) {
    const { text } = variable;
    const word = COMPRESSIONS.find((each) => each === text.toLowerCase());
    if (word === undefined) {
      findings.warnings.push(`${misread(variable, COMPRESSIONS.join(', '), showGiven(text))}; it is ignored`);
    } else if (word === 'zstd' && (protocol === 'grpc' || !hasZstd())) {
      const where = protocol === 'grpc' ? 'over gRPC' : 'on this Node';
      findings.warnings.push(`${misread(variable, `none or gzip ${where}`, showGiven(text))}; gzip is used`);
      compression ??= 'gzip';
    } else {
      if (text !== 'none' && text !== 'gzip') {
        const mistake = misread(variable, 'none or gzip with the official exporter', showGiven(text));
        findings.sdkWarnings.push(`${mistake}; it is ignored`);
      }
      compression ??= word;
    }
  }
  return compression ?? 'none';
}

function hasZstd(): boolean {
  return 'zstdCompress' in process.getBuiltinModule('node:zlib');
}

export function readTlsFiles(env: NodeJS.ProcessEnv, readFile: ReadFile, findings: Findings): TlsFiles {
  const variables: TlsVariables = {
    ca: firstSet(env, ...otlpNames('CERTIFICATE')),
    cert: firstSet(env, ...otlpNames('CLIENT_CERTIFICATE')),
    key: firstSet(env, ...otlpNames('CLIENT_KEY')),
  };
  return checkTlsFiles(variables, readFile, findings);
}

/** The variables that name the files. */
type TlsVariables = { readonly [Name in keyof TlsFiles]: Variable | undefined };

/** A missing file is a problem: without it, the system's certificates would be trusted, or no client certificate sent. */
export function checkTlsFiles(
  { ca, cert, key }: TlsVariables,
  readFile: ReadFile,
  findings: Findings,
): TlsFiles {
  const read = (variable: Variable | undefined): Uint8Array | undefined => {
    if (variable === undefined) return undefined;
    try {
      return readFile(variable.text, MAX_PEM_BYTES);
    } catch {
      findings.problems.push(misread(variable, 'a file that can be read', showGivenPath(variable.text)));
      return undefined;
    }
  };
  const check = (variable: Variable | undefined, expected: string, contents: TlsContents): void => {
    if (variable === undefined) return;
    try {
      checkTlsContents(contents);
    } catch (error) {
      const given = `${showGivenPath(variable.text)}, ${whyNot(error)}`;
      findings.problems.push(misread(variable, expected, given));
    }
  };
  const none: TlsContents = { ca: undefined, cert: undefined, key: undefined };
  check(ca, 'certificates in PEM', { ...none, ca: read(ca) });
  check(key, 'a key in PEM that fits the client certificate', { ...none, key: read(key), cert: read(cert) });
  if ((key === undefined) !== (cert === undefined)) {
    const alone = key ?? cert ?? '';
    findings.problems.push(misread(alone, 'client key and certificate together', 'only one of them'));
  }
  return Object.freeze({ ca: ca?.text, cert: cert?.text, key: key?.text });
}
