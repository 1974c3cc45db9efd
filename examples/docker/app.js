import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import express from 'express';

const app = express();

// A request says how it wants to be answered: ?status=404&wait_ms=20.
const answer = async (request, response) => {
  await sleep(Number(request.query.wait_ms ?? 0));
  response.status(Number(request.query.status ?? 200)).json({ path: request.path });
};
app.get('/orders/:id', answer);
app.get('/items/:name', answer);
app.get('/reports/:year', answer);
app.post('/orders', express.json(), answer);
app.get('/healthz', (_request, response) => response.send('ok\n'));

// Who does not send a request whole within two seconds is answered 408.
const server = createServer({ requestTimeout: 2_000, connectionsCheckingInterval: 250 }, app);
server.listen(Number(process.env.PORT ?? 8080), () => console.log(`listening ${server.address().port}`));

// Stop listening, answer what is under way, and end because nothing is left to do.
process.once('SIGTERM', () => server.close());
