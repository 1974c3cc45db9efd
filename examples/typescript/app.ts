import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

function answer(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/plain' }).end('hello\n');
}

const server = createServer(answer);

server.listen(Number(process.env.PORT ?? 8080), () => {
  const address = server.address();
  if (typeof address === 'object') console.log(`listening ${address?.port}`);
});
