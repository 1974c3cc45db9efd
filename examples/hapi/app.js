import hapi from '@hapi/hapi';

const server = hapi.server({ port: Number(process.env.PORT ?? 8080) });

server.route({
  method: 'GET',
  path: '/orders/{id}',
  handler: (request) => ({ id: request.params.id, state: 'shipped' }),
});

await server.start();
console.log(`listening ${server.info.port}`);
