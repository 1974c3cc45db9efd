import { shownHost } from '../../../options/otlp/host-and-port.ts';
import type { Finding } from '../report.ts';
import type { Failure, FailureContext, Greeting } from '../sending/failure.ts';
import { explainSendFailure, wrongProtocol } from './explain-send.ts';
import { explainTlsFailure } from './explain-tls.ts';
import { inConfigFile } from './in-config-file.ts';

const LOOK_WITH_TAIL = 'Without a Collector, `npx otel-access-log tail` receives records and shows them.';

/** What happened, in words, and what to change. Pure. */
export function explainFailure(failure: Failure, context: FailureContext): Finding {
  const finding = explain(failure, context);
  const { configFile } = context;
  return configFile === undefined
    ? finding
    : { ...finding, advice: inConfigFile(finding.advice, configFile) };
}

function explain(failure: Failure, context: FailureContext): Finding {
  switch (failure.stage) {
    case 'connect':
      return explainConnectFailure(failure.code, failure.message, context);
    case 'tls':
      return explainTlsFailure(failure, context);
    case 'greeting':
      return explainGreeting(failure.greeting, context);
    case 'send':
      // A page for a browser: another server than an OTLP receiver was glad of the record.
      return isSuccess(failure.code) ? explainForeign('', context) : explainSendFailure(failure, context);
    case 'rejected':
      return {
        level: 'error',
        reason: 'partial_success',
        what: `The receiver answered, and rejected the record: ${failure.message}`,
        advice: ['Look at the limits and filters of the receiver; its own log says more.'],
      };
    case 'foreign':
      return explainForeign(failure.message, context);
  }
}

function isSuccess(code: string | number | undefined): boolean {
  return typeof code === 'number' && code >= 200 && code < 300;
}

function explainForeign(beginning: string, { endpoint, endpointVariable }: FailureContext): Finding {
  const saying = beginning.trim() === '' ? '' : ` It says: ${beginning}`;
  return {
    level: 'error',
    reason: 'no_otlp',
    what: `${shownHost(endpoint)} answered with success, but not as an OTLP receiver does: the record has not arrived.${saying}`,
    advice: [
      `Another server listens there, or takes every path: look at host, port and path of ${endpointVariable}.`,
      LOOK_WITH_TAIL,
    ],
  };
}

function explainConnectFailure(code: string, message: string, context: FailureContext): Finding {
  const { endpoint, endpointVariable } = context;
  const host = shownHost(endpoint);
  const error = (reason: string, what: string, advice: readonly string[]): Finding => ({
    level: 'error',
    reason,
    what,
    advice,
  });
  switch (code) {
    case 'ECONNREFUSED':
      return error('refused', `Connection refused: nothing listens on ${host}.`, [
        'Start the Collector, and look whether its OTLP receiver listens on that address: in a container it must',
        'listen on 0.0.0.0, and from within a container localhost is the container itself.',
        `Or name another endpoint: ${endpointVariable}=http://HOST:${context.protocol === 'grpc' ? 4317 : 4318}`,
        LOOK_WITH_TAIL,
      ]);
    case 'ENOTFOUND':
      return error('dns', `There is no host of that name: ${host}.`, [
        `Look for a mistake in ${endpointVariable}, and whether the name exists where this runs`,
        '(names of Compose and Kubernetes services exist only inside).',
      ]);
    case 'EAI_AGAIN':
      return error('dns', `The name of ${host} could not be looked up: the DNS server does not answer.`, [
        'Try again; if it stays, look at the network and the DNS settings of this machine.',
      ]);
    case 'ETIMEDOUT':
      return error('timeout', `No connection to ${host}: nobody answers there.`, [
        'A firewall or network policy in between often drops packets without a word; look whether the port is open',
        `from here, and whether host and port of ${endpointVariable} are right.`,
      ]);
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return error('unreachable', `There is no way from here to ${host} (${code}).`, [
        `Look at the network, and at the address in ${endpointVariable}.`,
      ]);
    case 'ENOENT':
    case 'EACCES':
      return error('socket', `The socket cannot be opened: ${host} (${code}).`, [
        `Look at the path in ${endpointVariable}, and who may write to it.`,
      ]);
    default:
      if (message.startsWith('the proxy ')) {
        const [proxies, spared] =
          context.protocol === 'grpc'
            ? ['grpc_proxy, https_proxy or http_proxy', 'no_grpc_proxy or no_proxy']
            : ['https_proxy or http_proxy', 'no_proxy'];
        return error('proxy', `No connection to ${host}: ${message}.`, [
          `Look at the proxy that ${proxies} names, and at the user and password in it;`,
          `hosts in ${spared} are reached without it. It may also be unable, or not allowed, to reach`,
          `that host: look at ${endpointVariable} too.`,
        ]);
      }
      return error('connect', `No connection to ${host}: ${message}`, [`Look at ${endpointVariable}.`]);
  }
}

function explainGreeting(greeting: Greeting, context: FailureContext): Finding {
  const { endpoint, endpointVariable } = context;
  const host = shownHost(endpoint);
  if (greeting === 'tls') {
    return {
      level: 'error',
      reason: 'tls_expected',
      what: `${host} speaks TLS, and the endpoint is one without.`,
      advice: [`Write https:// in ${endpointVariable}.`],
    };
  }
  const spoken = greeting === 'http/1' ? 'which speaks HTTP/1.1' : 'which speaks HTTP/2, as gRPC does';
  const [reason, what, ...advice] = wrongProtocol(spoken, context);
  return { level: 'error', reason, what, advice };
}
