import Router from '@koa/router';
import Koa from 'koa';
import { createField } from 'otel-access-log/fields';

const tenant = createField('app.tenant');
const router = new Router();

router.get('/orders/:id', (context) => {
  tenant.set(context, 'acme');
  context.body = { id: context.params.id, state: 'shipped' };
});

const server = new Koa().use(router.routes()).listen(Number(process.env.PORT ?? 8080), () => {
  console.log(`listening ${server.address().port}`);
});
