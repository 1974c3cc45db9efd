import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

const options = { key: readFileSync('key.pem'), cert: readFileSync('cert.pem') };

const server = createServer(options, (request, response) => {
  if (request.url === '/hello') {
    response.writeHead(200, { 'content-type': 'text/plain' }).end('hello\n');
  } else {
    response.writeHead(404).end();
  }
});

server.listen(Number(process.env.PORT ?? 8443), () => {
  console.log(`listening ${server.address().port}`);
});
