// Upgrades and tunnels: requests whose socket Node hands to the application.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { requestText } from '../../../support/raw-client.ts';
import {
  type App,
  type ExpectedRecord,
  type Scenario,
  sendAndLeave,
  sendAndRead,
  sendAndWait,
} from '../scenario.ts';

const UPGRADE_HEADERS = { Connection: 'Upgrade', Upgrade: 'echo' };
const UPGRADE = requestText('/', { headers: UPGRADE_HEADERS });
const UPGRADE_POST = requestText('/', { method: 'POST', headers: UPGRADE_HEADERS, body: 'hello' });
const CONNECT = 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n';
const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n';
const ESTABLISHED = 'HTTP/1.1 200 Connection Established\r\n\r\n';

type Take = (socket: Duplex, head: Buffer, request: IncomingMessage) => void;

function on(event: 'upgrade' | 'connect', take: Take): NonNullable<Scenario['setUp']> {
  return ({ server, log }: App) => {
    server.on(event, (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      log(`${event} ${request.method} ${request.url}`);
      socket.on('error', (error: NodeJS.ErrnoException) => log(`${event} error ${error.code}`));
      socket.on('close', () => log(`${event} close`));
      take(socket, head, request);
    });
  };
}

/** Answers with the head, and sends back what comes. */
const echoAfter =
  (head: string): Take =>
  (socket, first) => {
    socket.write(head);
    socket.write(first);
    socket.pipe(socket);
  };

/** Speaks over the connection once it is open, and closes it. */
const speakAfter =
  (request: string, head: string): Scenario['act'] =>
  async (client) => {
    await client.send(request);
    await client.receive(head.length);
    await client.send('ping');
    await client.receive(head.length + 4);
  };

const TUNNEL: ExpectedRecord = { method: 'CONNECT', path: null, outcome: 'tunneled' };

export const HANDED_OVER: readonly Scenario[] = [
  {
    name: 'upgrade, listener',
    setUp: on('upgrade', echoAfter(SWITCHING)),
    act: speakAfter(UPGRADE, SWITCHING),
    records: [{ outcome: 'upgraded', requestBodySize: 4 }],
  },
  {
    name: 'upgrade, listener, bytes behind the head of the request',
    setUp: on('upgrade', echoAfter(SWITCHING)),
    act: async (client) => {
      await client.send(`${UPGRADE}early`);
      await client.receive(SWITCHING.length + 5);
    },
    records: [{ outcome: 'upgraded', requestBodySize: 5 }],
  },
  { name: 'upgrade, no listener', act: sendAndRead(UPGRADE), records: [{}] },
  {
    name: 'upgrade POST w/ body, listener',
    setUp: on('upgrade', (socket) => {
      socket.write(SWITCHING);
      socket.on('end', () => socket.end()).resume();
    }),
    act: async (client) => {
      await client.send(UPGRADE_POST);
      await client.receive(SWITCHING.length);
    },
    records: [{ method: 'POST', outcome: 'upgraded', requestBodySize: 5 }],
  },
  {
    name: 'upgrade POST, the body arrives in two parts, listener',
    setUp: on('upgrade', (socket) => {
      socket.write(SWITCHING);
      socket.on('end', () => socket.end()).resume();
    }),
    act: async (client) => {
      await client.send(UPGRADE_POST.slice(0, -2));
      await client.receive(SWITCHING.length);
      await client.send('lo');
    },
    records: [{ method: 'POST', outcome: 'upgraded', requestBodySize: 5 }],
  },
  {
    name: 'shouldUpgradeCallback=false + upgrade listener',
    options: { shouldUpgradeCallback: () => false } as NonNullable<Scenario['options']>,
    setUp: on('upgrade', echoAfter(SWITCHING)),
    act: async (client) => {
      await client.send(UPGRADE);
      await client.receiveUntil('\r\n\r\n');
    },
    // Node 20 has no such option.
    records: (node) => [node < 22 ? { outcome: 'upgraded' } : {}],
  },
  {
    name: 'shouldUpgradeCallback=true, no upgrade listener',
    since: 22,
    options: { shouldUpgradeCallback: () => true } as NonNullable<Scenario['options']>,
    act: sendAndWait(UPGRADE),
    records: [{ outcome: 'rejected', answer: null, requestBodySize: null }],
  },
  {
    name: 'upgrade refused, 401 and end',
    setUp: on('upgrade', (socket) => socket.end('HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno')),
    act: sendAndWait(UPGRADE),
    records: [{}],
  },
  {
    name: 'upgrade destroyed without an answer',
    setUp: on('upgrade', (socket) => socket.destroy()),
    act: sendAndWait(UPGRADE),
    records: [{ outcome: 'aborted', answer: null }],
  },
  {
    name: 'upgrade that is not answered, and the client resets',
    only: 'plain',
    setUp: on('upgrade', (socket) => socket.resume()),
    act: sendAndLeave(UPGRADE, 'upgrade', 'reset'),
    records: [{ outcome: 'aborted', errorType: 'ECONNRESET', answer: null }],
  },
  {
    name: 'a request, then an upgrade',
    setUp: on('upgrade', echoAfter(SWITCHING)),
    act: async (client) => {
      await client.send(requestText('/first'));
      await client.responses(1);
      const { length } = client.received;
      await client.send(UPGRADE);
      await client.receive(length + SWITCHING.length);
    },
    records: [{ path: '/first' }, { outcome: 'upgraded' }],
  },
  {
    name: 'CONNECT, listener',
    setUp: on('connect', echoAfter(ESTABLISHED)),
    act: speakAfter(CONNECT, ESTABLISHED),
    methods: ['CONNECT'],
    records: [{ ...TUNNEL, requestBodySize: 4 }],
  },
  {
    name: 'CONNECT refused, 407 and end',
    setUp: on('connect', (socket) => socket.end('HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n')),
    act: sendAndWait(CONNECT),
    methods: ['CONNECT'],
    records: [{ ...TUNNEL, outcome: 'completed' }],
  },
];
