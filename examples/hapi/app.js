import hapi from '@hapi/hapi';
import { createField } from 'otel-access-log/fields';

const tenant = createField('app.tenant');
const server = hapi.server({ port: Number(process.env.PORT ?? 8080) });

server.route({
  method: 'GET',
  path: '/orders/{id}',
  handler: (request) => {
    tenant.set(request, 'acme');
    return { id: request.params.id, state: 'shipped' };
  },
});

await server.start();
console.log(`listening ${server.info.port}`);
