import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { createField } from 'otel-access-log/fields';

const tenant = createField('app.tenant');
const app = new Hono();

app.get('/orders/:id', (context) => {
  tenant.set(context, 'acme');
  return context.json({ id: context.req.param('id'), state: 'shipped' });
});

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 8080) }, ({ port }) => {
  console.log(`listening ${port}`);
});
