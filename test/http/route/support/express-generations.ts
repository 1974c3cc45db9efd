// The Expresses whose layers keep different things of the paths that they were made for.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type * as Express from 'express';

/** Also what a server without an application may call. */
type Router = Express.Router &
  ((request: IncomingMessage, response: ServerResponse, done: () => void) => void);

interface Module {
  (): Express.Express;
  readonly Router: (options?: Express.RouterOptions) => Router;
}

const require = createRequire(import.meta.url);
const express4: Module = require('express-4');
const express5: Module = require('express');
const router22: Module['Router'] = require('router-2.2');

export interface Generation {
  readonly name: string;
  /** What its mount layers keep. */
  readonly keeps: 'paths' | 'functions' | 'regexps';
  readonly application: () => Express.Express;
  readonly Router: Module['Router'];
}

export const GENERATIONS: readonly Generation[] = [
  { name: 'Express 5', keeps: 'paths', application: express5, Router: express5.Router },
  {
    name: 'Express 5 with router 2.2',
    keeps: 'functions',
    application: () => Object.defineProperty(express5(), 'router', { value: router22() }),
    Router: router22,
  },
  { name: 'Express 4', keeps: 'regexps', application: express4, Router: express4.Router },
];
