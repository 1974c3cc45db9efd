import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { ServerHttp2Session } from 'node:http2';
import { createRequire } from 'node:module';
import type { AddressInfo, Server as NetServer } from 'node:net';
import type { FastifyBaseLogger } from 'fastify';
import { type Application, BODY, type Framework, type HandlerLog, ROUTE } from './application.ts';

// By require, since that is what the hooks of instrumentations hear of.
const require = createRequire(import.meta.url);
const HOST = '127.0.0.1';
const BODY_BYTES = Buffer.byteLength(BODY);

/** Builds the application in that framework, as its users do. @param onRequest called for each request */
export function buildApplication(
  framework: Framework,
  log: HandlerLog | undefined,
  onRequest: () => void,
): Application {
  return BUILDERS[framework](log, onRequest);
}

const BUILDERS: Readonly<
  Record<Framework, (log: HandlerLog | undefined, onRequest: () => void) => Application>
> = { http: plain, express, fastify, http2 };

function plain(log: HandlerLog | undefined, onRequest: () => void): Application {
  const { createServer }: typeof import('node:http') = require('node:http');
  return around(
    createServer((request, response) => {
      onRequest();
      log?.observe(request, response);
      response.setHeader('content-type', 'application/json');
      response.end(BODY);
    }),
  );
}

function express(log: HandlerLog | undefined, onRequest: () => void): Application {
  const { createServer }: typeof import('node:http') = require('node:http');
  const create: typeof import('express') = require('express');
  const app = create();
  if (log !== undefined) {
    app.use((request, response, next) => {
      log.observe(request, response);
      next();
    });
  }
  app.get(ROUTE, (_request, response) => {
    onRequest();
    response.type('json').send(BODY);
  });
  return around(createServer(app));
}

function fastify(log: HandlerLog | undefined, onRequest: () => void): Application {
  const { fastify: create }: typeof import('fastify') = require('fastify');
  const logger: FastifyBaseLogger | undefined = log?.logger;
  const app = create(logger === undefined ? {} : { loggerInstance: logger });
  if (log !== undefined && log.logger === undefined) {
    app.addHook('onRequest', (request, reply, done) => {
      log.observe(request.raw, reply.raw);
      done();
    });
  }
  // A plugin, so that an instrumentation that registers itself is there before the route.
  app.register((scope, _options, done) => {
    scope.get(ROUTE, (_request, reply) => {
      onRequest();
      reply.type('application/json').send(BODY);
    });
    done();
  });
  return {
    listen: async () => {
      // What Fastify says of its own start is no access log.
      app.log.level = 'silent';
      await app.listen({ port: 0, host: HOST });
      app.log.level = 'info';
      return portOf(app.server);
    },
    close: () => closed(app.server),
  };
}

/** Without TLS, by the API that is compatible with HTTP/1: an access log that is called by hand works with it too. */
function http2(log: HandlerLog | undefined, onRequest: () => void): Application {
  const { createServer }: typeof import('node:http2') = require('node:http2');
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer((request, response) => {
    onRequest();
    log?.observe(request as unknown as IncomingMessage, response as unknown as ServerResponse);
    response.setHeader('content-type', 'application/json');
    response.setHeader('content-length', BODY_BYTES);
    response.end(BODY);
  });
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  return {
    listen: async () => {
      server.listen(0, HOST);
      await once(server, 'listening');
      return portOf(server);
    },
    close: async () => {
      for (const session of sessions) session.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function around(server: Server): Application {
  return {
    listen: async () => {
      server.listen(0, HOST);
      await once(server, 'listening');
      return portOf(server);
    },
    close: () => closed(server),
  };
}

function portOf(server: NetServer): number {
  const { port } = server.address() as AddressInfo;
  return port;
}

async function closed(server: Server): Promise<void> {
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeIdleConnections();
  });
}
