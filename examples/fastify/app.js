import fastify from 'fastify';
import { createField } from 'otel-access-log/fields';

const tenant = createField('app.tenant');
const app = fastify();

app.get('/orders/:id', async (request) => {
  tenant.set(request, 'acme');
  return { id: request.params.id, state: 'shipped' };
});

await app.listen({ port: Number(process.env.PORT ?? 8080) });
console.log(`listening ${app.server.address().port}`);
