import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { TestOwner } from '../../../support/owner.ts';
import { RawClient, requestText } from '../../../support/raw-client.ts';
import { listen, Observed } from '../../support/observed.ts';

/** A target, with another method than GET before it (`POST /items`), the route that is expected, and a body. */
export type Routes = readonly (readonly [request: string, route: string | undefined, body?: Body])[];

interface Body {
  readonly type: string;
  readonly text: string;
}

/** Has the application made, sends the requests one after the other, and compares the routes of their exchanges. */
export async function assertRoutes(
  owner: TestOwner,
  makeApp: () => RequestListener | PromiseLike<RequestListener>,
  routes: Routes,
): Promise<void> {
  const found = await routesOf(owner, makeApp, routes);
  assert.deepEqual(
    found.map((route, index) => [routes[index]?.[0], route]),
    routes.map(([request, route]) => [request, route]),
  );
}

async function routesOf(
  owner: TestOwner,
  makeApp: () => RequestListener | PromiseLike<RequestListener>,
  requests: Routes,
): Promise<(string | undefined)[]> {
  const observed = new Observed(owner);
  const port = await listen(owner, createServer(await makeApp()));
  const routes: (string | undefined)[] = [];
  for (const [index, [request, , body]] of requests.entries()) {
    const [target = '', method = 'GET'] = request.split(' ').reverse();
    const content = body === undefined ? {} : { headers: { 'Content-Type': body.type }, body: body.text };
    const client = await RawClient.connect(owner, { port });
    await client.send(requestText(target, { method, ...content }));
    await client.responses(1, [method]);
    const exchanges = await observed.ended(index + 1);
    routes.push(exchanges[index]?.route);
  }
  assert.deepEqual(observed.errors, []);
  return routes;
}
