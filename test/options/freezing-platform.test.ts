import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freezingPlatform } from '../../src/options/options.ts';

test('a platform that stops its processes between requests is known by its variables', () => {
  const of = (env: NodeJS.ProcessEnv): string | undefined => freezingPlatform(env);
  assert.deepEqual(
    [
      of({ AWS_LAMBDA_FUNCTION_NAME: 'shop' }),
      of({ VERCEL: '1', AWS_LAMBDA_FUNCTION_NAME: 'shop' }),
      of({ FUNCTIONS_WORKER_RUNTIME: 'node' }),
      of({ K_SERVICE: 'shop' }),
      of({ K_SERVICE: ' ' }),
      of({ KUBERNETES_SERVICE_HOST: '10.0.0.1', FLY_MACHINE_ID: '1' }),
    ],
    ['AWS Lambda', 'Vercel', 'Azure Functions', 'Cloud Run', undefined, undefined],
  );
});
