// The processor as an application constructs it in code, with a real receiver and a real directory.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { LoggerProvider } from '@opentelemetry/sdk-logs';
import { OtlpStreamLogRecordProcessor } from '../../src/index.ts';
import { type ScriptedReceiver, startScriptedReceiver } from '../support/scripted-receiver.ts';
import { temporaryDirectory } from './spool/support/spool-scene.ts';

/** Sets variables of this process until the test ends. */
function setEnvironment(t: TestContext, variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(variables)) {
    const before = process.env[name];
    process.env[name] = value;
    t.after(() => {
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    });
  }
}

/** A provider of the SDK that delivers by the processor, and emits records with these bodies. */
function providerWith(
  processor: OtlpStreamLogRecordProcessor,
): LoggerProvider & { emit(...bodies: string[]): void } {
  const provider = new LoggerProvider({ processors: [processor] });
  const logger = provider.getLogger('application');
  const emit = (...bodies: string[]): void => {
    for (const body of bodies)
      logger.emit({ body, severityNumber: 9, severityText: 'INFO', attributes: { 'shop.order': 7 } });
  };
  return Object.assign(provider, { emit });
}

const record = (body: unknown): object => ({
  body,
  severityNumber: 9,
  severityText: 'INFO',
  attributes: { 'shop.order': 7 },
  scope: 'application',
});

const recordsAt = ({ accepted }: ScriptedReceiver): readonly unknown[] =>
  accepted
    .map(({ body, severityNumber, severityText, attributes, scope: { name } }) => ({
      body,
      severityNumber,
      severityText,
      attributes,
      scope: name,
    }))
    .sort((one, other) => (String(one.body) < String(other.body) ? -1 : 1));

const spoolsIn = (directory: string): readonly string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.spool'));

for (const protocol of ['grpc', 'http/protobuf'] as const) {
  test(`spoolDir in code: what one processor leaves at shutdown the next one delivers, over ${protocol}`, async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol });
    await receiver.down();
    setEnvironment(t, receiver.environment);
    const spoolDir = await temporaryDirectory(t);

    const first = providerWith(new OtlpStreamLogRecordProcessor({ spoolDir }));
    first.emit('1', '2', '3');
    await first.shutdown();
    assert.equal(spoolsIn(spoolDir).length, 1);
    assert.deepEqual(receiver.accepted, []);

    await receiver.up();
    const next = providerWith(new OtlpStreamLogRecordProcessor({ spoolDir }));
    next.emit('4');
    await receiver.until(() => receiver.accepted.length >= 4 || undefined, 'all records');
    await next.shutdown();
    assert.deepEqual(recordsAt(receiver), ['1', '2', '3', '4'].map(record));
    assert.deepEqual(spoolsIn(spoolDir), []);
  });
}
