// The example service: plain Express, without a word of logging or OpenTelemetry in it.
import { setTimeout as sleep } from 'node:timers/promises';
import express from 'express';

const app = express();
app.disable('x-powered-by');

app.get('/orders/:id', (request, response) => {
  response.json({ id: request.params.id, state: 'shipped' });
});

app.post('/orders', express.json(), (request, response) => {
  response.status(201).json({ id: '43', ...request.body });
});

app.get('/report', async (_request, response) => {
  await sleep(1200);
  response.type('text').send('a report that takes its time\n');
});

app.get('/broken', () => {
  throw new Error('the database is not there');
});

// In place of Express's own, which prints a stack trace.
app.use((_error, _request, response, _next) => {
  response.status(500).json({ error: 'internal' });
});

const server = app.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', (error) => {
  if (error) throw error;
  console.log(`listening ${server.address().port}`);
});
