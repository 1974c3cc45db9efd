import { readFileSync } from 'node:fs';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { OtlpTarget } from '../../../options/explain.ts';
import { hostAndPort } from '../../../options/otlp/host-and-port.ts';
import { shorten } from '../../../render/terminal.ts';
import type { Certificate, Failure, Greeting } from './failure.ts';
import { codeAndMessage, opened, throughProxy, toProxy } from './sockets.ts';

/** Milliseconds that a server has to answer a greeting. Some servers answer only a whole request. */
const GREETING_MS = 2000;

/** HTTP/2 connection preface and an empty SETTINGS frame (RFC 9113, section 3.4). */
const HTTP2_GREETING = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);
/** Characters of the names in a certificate that are shown; a certificate may have thousands of names. */
const MAX_NAMES = 300;

const SETTINGS_FRAME = 4;
const TLS_ALERT = 21;

/** Results of the steps before anything is sent; the last step may have failed. */
export interface ConnectionFindings {
  readonly steps: readonly { readonly name: 'connect' | 'tls' | 'greeting'; readonly told: string }[];
  readonly failure: Failure | undefined;
  /** The probable reason, if the export fails without a clear one. */
  readonly suspicion?: Failure | undefined;
}

/**
 * Connects to the endpoint, with TLS for `https:`, and sends a greeting in the configured protocol. The answer shows a
 * wrong protocol or a missing client certificate more clearly than a failed export does.
 */
export async function tryConnection(target: OtlpTarget, timeoutMs: number): Promise<ConnectionFindings> {
  const steps: { name: 'connect' | 'tls' | 'greeting'; told: string }[] = [];
  const url = new URL(target.url);
  let socket: Socket | undefined;
  try {
    // A proxy for an endpoint without TLS is asked for the resource itself, not for a way to the receiver.
    const isForwarded = target.proxy !== undefined && target.protocol !== 'grpc' && url.protocol === 'http:';
    if (target.proxy === undefined) {
      socket = await opened(
        url.protocol === 'unix:' ? connect({ path: url.pathname }) : connect(hostAndPort(url)),
        'connect',
        timeoutMs,
      );
      steps.push({ name: 'connect', told: `connected to ${socket.remoteAddress ?? url.pathname}` });
    } else {
      socket = isForwarded
        ? await toProxy(new URL(target.proxy), timeoutMs)
        : await throughProxy(url, target.proxy, timeoutMs);
      steps.push({ name: 'connect', told: `connected through the proxy ${new URL(target.proxy).host}` });
    }
    let greeted: Socket = socket;
    if (url.protocol === 'https:') {
      const secured = await secure(socket, url, target, timeoutMs);
      if (secured instanceof Error) return { steps, failure: secured.failure };
      steps.push({ name: 'tls', told: describe(secured) });
      greeted = secured;
    }
    // Then what answers is the proxy.
    if (isForwarded) return { steps, failure: undefined };
    const { greeting, failure } = await greet(greeted, url, target, timeoutMs);
    if (failure !== undefined) return { steps, failure };
    const wanted = target.protocol === 'grpc' ? 'http/2' : 'http/1';
    if (greeting === wanted) {
      steps.push({ name: 'greeting', told: wanted === 'http/2' ? 'it speaks HTTP/2' : 'it speaks HTTP/1.1' });
      return { steps, failure: undefined };
    }
    if (greeting === 'http/1' || greeting === 'http/2' || greeting === 'tls') {
      return { steps, failure: { stage: 'greeting', greeting } };
    }
    if (greeting === 'silence') return { steps, failure: undefined };
    // Whether it takes an export all the same is for the export to find out.
    const suspicion = await suspicionOf(url, target, timeoutMs);
    return suspicion?.stage === 'greeting'
      ? { steps, failure: suspicion }
      : { steps, failure: undefined, suspicion };
  } catch (error) {
    return { steps, failure: { stage: 'connect', ...codeAndMessage(error) } };
  } finally {
    socket?.destroy();
  }
}

class TlsError extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super('TLS');
    this.failure = failure;
  }
}

async function secure(
  socket: Socket,
  url: URL,
  target: OtlpTarget,
  timeoutMs: number,
): Promise<TLSSocket | TlsError> {
  try {
    const { host } = hostAndPort(url);
    const tls = connectTls({
      socket,
      ...(isIP(host) === 0 ? { servername: host } : { host }),
      ALPNProtocols: [target.protocol === 'grpc' ? 'h2' : 'http/1.1'],
      // Looked at below: a connection that Node has given up shows no certificate any more.
      rejectUnauthorized: false,
      ...pemFiles(target),
    });
    await opened(tls, 'secureConnect', timeoutMs);
    if (tls.authorized) return tls;
    // Typed as an Error; Node sets its code.
    const code = String(tls.authorizationError);
    return new TlsError({ stage: 'tls', code, message: code, certificate: certificateOf(tls) });
  } catch (error) {
    return new TlsError({ stage: 'tls', ...codeAndMessage(error), certificate: undefined });
  }
}

/**
 * Why a port closes the connection on a greeting. Without TLS: it requires TLS. With TLS: it requires a client
 * certificate, for which not every server sends an alert (Node does not). The former is not tried through a proxy.
 */
async function suspicionOf(url: URL, { proxy }: OtlpTarget, timeoutMs: number): Promise<Failure | undefined> {
  if (url.protocol === 'https:') {
    const message = 'closed right after the handshake';
    return { stage: 'tls', code: 'CLOSED_AFTER_HANDSHAKE', message, certificate: undefined };
  }
  if (url.protocol === 'unix:' || proxy !== undefined) return undefined;
  const tls = connectTls({ ...hostAndPort(url), rejectUnauthorized: false });
  try {
    await opened(tls, 'secureConnect', Math.min(GREETING_MS, timeoutMs));
    return { stage: 'greeting', greeting: 'tls' };
  } catch {
    return undefined;
  } finally {
    tls.destroy();
  }
}

function pemFiles({ ca, cert, key }: OtlpTarget): { ca?: Buffer; cert?: Buffer; key?: Buffer } {
  return {
    ...(ca === undefined ? {} : { ca: readFileSync(ca) }),
    ...(cert === undefined ? {} : { cert: readFileSync(cert) }),
    ...(key === undefined ? {} : { key: readFileSync(key) }),
  };
}

function certificateOf(socket: TLSSocket): Certificate | undefined {
  const { subject, subjectaltname, issuer, valid_from, valid_to } = socket.getPeerCertificate();
  if (subject === undefined) return undefined;
  return {
    names: shorten(
      subjectaltname?.replaceAll(/DNS:|IP Address:/g, '') ?? String(subject.CN ?? ''),
      MAX_NAMES,
    ),
    issuer: shorten(String(issuer.CN ?? issuer.O ?? 'an authority without a name'), MAX_NAMES),
    validFrom: valid_from,
    validTo: valid_to,
  };
}

function describe(socket: TLSSocket): string {
  return `${socket.getProtocol()?.replace('v', ' ') ?? 'TLS'}, certificate of ${certificateOf(socket)?.names ?? '?'}`;
}

/** The server's answer to a greeting. With TLS 1.3 the alert for a missing client certificate arrives only now. */
function greet(
  socket: Socket,
  url: URL,
  { protocol }: OtlpTarget,
  timeoutMs: number,
): Promise<{ greeting: Greeting; failure?: Failure }> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ greeting: 'silence' }), Math.min(GREETING_MS, timeoutMs));
    const settle = (result: { greeting: Greeting; failure?: Failure }): void => {
      clearTimeout(timer);
      resolve(result);
    };
    socket.once('data', (bytes: Buffer) => settle({ greeting: greetingOf(bytes) }));
    socket.once('error', (error) => {
      const { code, message } = codeAndMessage(error);
      if (!code.startsWith('ERR_SSL')) return settle({ greeting: 'closed' });
      settle({ greeting: 'closed', failure: { stage: 'tls', code, message, certificate: undefined } });
    });
    socket.once('close', () => settle({ greeting: 'closed' }));
    const http1 = `OPTIONS ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nConnection: close\r\n\r\n`;
    socket.write(protocol === 'grpc' ? HTTP2_GREETING : http1);
  });
}

/** What the first bytes of an answer are. */
export function greetingOf(bytes: Uint8Array): Greeting {
  if (Buffer.from(bytes.subarray(0, 5)).toString('latin1') === 'HTTP/') return 'http/1';
  if (bytes[0] === TLS_ALERT && bytes[1] === 3) return 'tls';
  return bytes.length >= 9 && bytes[3] === SETTINGS_FRAME ? 'http/2' : 'other';
}
