/**
 * A generator of load over HTTP/2 without TLS: `http2-load.js PORT STREAMS`, until it is asked to stop. The streams are
 * spread over some connections, each with one request at a time; as fast as the server answers.
 */
import { type ClientHttp2Session, connect } from 'node:http2';
import { TARGET, USER_AGENT } from './application.ts';
import { answerRunner, type LoadAnswers } from './protocol.ts';

const SESSIONS = 4;

const [port = 0, streams = 1] = process.argv.slice(2).map(Number);
const headers = { ':path': TARGET, 'user-agent': USER_AGENT };

let fine = 0;
let failed = 0;
let bytes = 0;
let open = 0;
let isStopping = false;

function next(session: ClientHttp2Session): void {
  if (isStopping) return;
  open += 1;
  const stream = session.request(headers);
  let status = 0;
  let received = 0;
  stream.on('response', ({ ':status': code = 0 }) => {
    status = code;
  });
  stream.on('data', (chunk: Buffer) => {
    received += chunk.length;
  });
  stream.on('error', () => undefined);
  stream.on('close', () => {
    open -= 1;
    if (status >= 200 && status < 300 && stream.rstCode === 0) {
      fine += 1;
      bytes += received;
    } else failed += 1;
    next(session);
  });
}

const sessions = Array.from({ length: SESSIONS }, () => connect(`http://127.0.0.1:${port}`));
for (let index = 0; index < streams; index += 1) {
  const session = sessions[index % SESSIONS];
  if (session !== undefined) next(session);
}

answerRunner<LoadAnswers>(port, {
  stop: async () => {
    isStopping = true;
    while (open > 0) await new Promise(setImmediate);
    for (const session of sessions) session.close();
    return { fine, failed, bytes };
  },
});
