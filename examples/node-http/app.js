import { createServer } from 'node:http';
import { createField } from 'otel-access-log/fields';

const tenant = createField('app.tenant');

const server = createServer((request, response) => {
  tenant.set(request, 'acme');
  if (request.url?.startsWith('/hello')) {
    response.writeHead(200, { 'content-type': 'text/plain' }).end('hello\n');
  } else {
    response.writeHead(404).end();
  }
});

server.listen(Number(process.env.PORT ?? 8080), () => {
  console.log(`listening ${server.address().port}`);
});
