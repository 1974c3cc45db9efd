/** Variables that a platform sets in its processes, and which it stops between requests. */
const PLATFORMS: readonly (readonly [variable: string, platform: string])[] = [
  ['VERCEL', 'Vercel'],
  // Also under a web adapter, and on platforms that are built on Lambda.
  ['AWS_LAMBDA_FUNCTION_NAME', 'AWS Lambda'],
  ['FUNCTIONS_WORKER_RUNTIME', 'Azure Functions'],
  // Knative. No variable tells whether Cloud Run throttles the processor between requests.
  ['K_SERVICE', 'Cloud Run'],
];

/** Name of the platform that runs this process and stops it between requests; `undefined` where none is known. */
export function freezingPlatform(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return PLATFORMS.find(([variable]) => Boolean(env[variable]?.trim()))?.[1];
}
