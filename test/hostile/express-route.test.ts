// Random applications and random requests: a route is what the application wrote on the way that the request took, or
// there is none, and no request decides about the route of another.
import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { expressRoute } from '../../src/http/route/express-route.ts';
import { GENERATIONS } from '../http/route/support/express-generations.ts';
import { listen, Observed } from '../http/support/observed.ts';
import { RawClient, requestText } from '../support/raw-client.ts';
import { build, type Description, description, targetOf } from './support/express-application.ts';
import { fuzzAsync } from './support/fuzz.ts';
import { assertLinear } from './support/growth.ts';

const SHARE = 0.015;

type Routes = readonly (string | undefined)[];

for (const generation of GENERATIONS) {
  describe(generation.name, () => {
    test('a route is what was written on the way of the request, whatever came before', async (t) => {
      const observed = new Observed(t);
      const server = createServer();
      const client = await RawClient.connect(t, { port: await listen(t, server) });
      const send = async (app: RequestListener, targets: readonly string[]): Promise<Routes> => {
        server.removeAllListeners('request').on('request', app);
        await client.pipeline(targets.map((target) => requestText(target)));
        await observed.ended(targets.length);
        return observed.exchanges.splice(0).map(({ route }) => route);
      };
      // A function that ignores the case does not say how a path was written.
      const same = (text: string): string => (generation.keeps === 'functions' ? text.toLowerCase() : text);
      let told = 0;
      const run = async (described: Description): Promise<void> => {
        const { app, journeys } = build(described, generation);
        const targets = described.choices.map((choice) => targetOf(described, choice));
        const routes = await send(app, targets);
        for (const [index, route] of routes.entries()) {
          if (route === undefined) continue;
          told += 1;
          assert.ok(journeys[index]?.routes.map(same).includes(same(route)), `${route} of ${targets[index]}`);
        }
        assertAgree(await send(app, targets), routes, 'the same requests once more');
        const other = build(described, generation);
        const reversed = await send(other.app, [...targets].reverse());
        assertAgree([...reversed].reverse(), routes, 'the other way round');
      };
      // When its time is over, fast-check waits no longer for the run that is going on.
      let last: Promise<void> | undefined;
      const property = fc.asyncProperty(description, (described) => {
        last = run(described);
        return last;
      });
      await fuzzAsync(property, SHARE);
      await last;
      assert.deepEqual(observed.errors, []);
      assert.ok(told > 0);
    });

    test('long paths', () => {
      const { application, Router } = generation;
      const router = Router({ mergeParams: true }).get('/x', () => undefined);
      const app = application().use('/:p/v:n', router);
      const [route] = router.stack.map((layer) => layer.route);
      const request = (url: string): object => ({ app, route, baseUrl: '', originalUrl: url, url });
      const shapes: readonly ((length: number) => string)[] = [
        (length) => `/${'s'.repeat(length)}/v1/x`,
        (length) => `/secret/v${'1'.repeat(length)}/x`,
        (length) => `/secret/v1${'/s'.repeat(length / 2)}`,
        (length) => `/${'%20'.repeat(length / 3)}/v1/x`,
      ];
      for (const shape of shapes) assertLinear((length) => request(shape(length)), expressRoute);
    });
  });
}

/** The same routes; one may be told in one of the two only, before it is known where an application is mounted. */
function assertAgree(one: Routes, other: Routes, message: string): void {
  const known = (first: Routes, second: Routes): Routes =>
    first.map((route, index) => route ?? second[index]);
  assert.deepEqual(known(one, other), known(other, one), message);
}
