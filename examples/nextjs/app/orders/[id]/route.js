import { createField } from 'otel-access-log/fields';

const tenant = createField('app.tenant');

export async function GET(_request, { params }) {
  tenant.set('acme');
  const { id } = await params;
  return Response.json({ id, state: 'shipped' });
}
