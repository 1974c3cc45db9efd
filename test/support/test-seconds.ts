/**
 * How long each fuzzer, soak and series of kills lasts, in seconds: `TEST_SECONDS`. Without it each has its own default:
 * a minute or less in `npm test`, the long figure in `npm run test:long`. Continuous integration sets it to a minute.
 */
export function testSeconds(otherwise: number): number {
  return Number(process.env.TEST_SECONDS ?? otherwise);
}
