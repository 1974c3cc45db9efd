import { once } from 'node:events';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { FastifyBaseLogger } from 'fastify';
import { type Application, BODY, type Framework, type HandlerLog, ROUTE } from './application.ts';

// By require, since that is what the hooks of instrumentations hear of.
const require = createRequire(import.meta.url);
const HOST = '127.0.0.1';

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
> = { http: plain, express, fastify };

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

function portOf(server: Server): number {
  const { port } = server.address() as AddressInfo;
  return port;
}

async function closed(server: Server): Promise<void> {
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeIdleConnections();
  });
}
