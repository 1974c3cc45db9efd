/**
 * `node --import otel-access-log/register app.js`, or `--require`: starts the access log with the options of the
 * environment.
 */
import { Preload } from './preload.ts';

new Preload().start();
