import fastify from 'fastify';

const app = fastify();

app.get('/orders/:id', async (request) => ({ id: request.params.id, state: 'shipped' }));

await app.listen({ port: Number(process.env.PORT ?? 8080) });
console.log(`listening ${app.server.address().port}`);
