/**
 * A generator of load at a given rate: `paced-load.js PORT CONNECTIONS RATE BYTES`, until it is asked to stop.
 *
 * Kept-alive connections, each with one request at a time; each millisecond as many requests go out as are due. Where
 * the server is behind they wait, at most those of a tenth of a second. RATE may be `Infinity`: as fast as it answers.
 */
import { connect, type Socket } from 'node:net';
import { TARGET, USER_AGENT } from './application.ts';
import { answerRunner, type LoadAnswers } from './protocol.ts';

const [port = 0, connections = 1, rate = 1, responseBytes = 1] = process.argv.slice(2).map(Number);
const REQUEST = Buffer.from(
  `GET ${TARGET} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUser-Agent: ${USER_AGENT}\r\n\r\n`,
);
const FINE = Buffer.from('HTTP/1.1 2');
const MOST_BEHIND = rate / 10;

let fine = 0;
let failed = 0;
let bytes = 0;
let due = 0;
let isStopping = false;
const idle: Socket[] = [];
let open = 0;

function next(socket: Socket): void {
  if (isStopping) {
    socket.destroy();
  } else if (due >= 1) {
    due -= 1;
    socket.write(REQUEST);
  } else {
    idle.push(socket);
  }
}

function start(): void {
  const socket = connect(port, '127.0.0.1');
  open += 1;
  let received = 0;
  socket.setNoDelay(true);
  socket.on('connect', () => next(socket));
  socket.on('data', (chunk: Buffer) => {
    if (received === 0 && !chunk.subarray(0, FINE.length).equals(FINE)) failed += 1;
    received += chunk.length;
    bytes += chunk.length;
    if (received < responseBytes) return;
    fine += 1;
    received = 0;
    next(socket);
  });
  socket.on('error', () => {
    failed += 1;
  });
  socket.on('close', () => {
    open -= 1;
  });
}

let lastMs = performance.now();
function tick(): void {
  const nowMs = performance.now();
  due = rate === Infinity ? rate : Math.min(due + ((nowMs - lastMs) * rate) / 1000, MOST_BEHIND);
  lastMs = nowMs;
  while (due >= 1) {
    const socket = idle.pop();
    if (socket === undefined) return;
    next(socket);
  }
}

for (let index = 0; index < connections; index += 1) start();
const timer = setInterval(tick, 1);

async function stop(): Promise<{ fine: number; failed: number; bytes: number }> {
  isStopping = true;
  clearInterval(timer);
  for (const socket of idle) socket.destroy();
  // The others end when their responses are there.
  while (open > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  return { fine, failed, bytes };
}

answerRunner<LoadAnswers>(port, { stop });
