import express from 'express';
import { createField } from 'otel-access-log/fields';

const tenant = createField('app.tenant');
const app = express();

app.get('/orders/:id', (request, response) => {
  tenant.set(request, 'acme');
  response.json({ id: request.params.id, state: 'shipped' });
});

const server = app.listen(Number(process.env.PORT ?? 8080), () => {
  console.log(`listening ${server.address().port}`);
});
