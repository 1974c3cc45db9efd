import express from 'express';

const app = express();

app.get('/orders/:id', (request, response) => {
  response.json({ id: request.params.id, state: 'shipped' });
});

const server = app.listen(Number(process.env.PORT ?? 8080), () => {
  console.log(`listening ${server.address().port}`);
});
