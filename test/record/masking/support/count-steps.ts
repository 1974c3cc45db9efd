import { Session } from 'node:inspector/promises';

/**
 * Counts how often blocks of the code in `src/record/masking` are entered: a measure of time that does not depend on
 * the machine. It comes from the precise coverage of V8, which counts each turn of a loop in modules that are loaded later.
 */
export class StepCounter {
  readonly #session: Session;

  private constructor(session: Session) {
    this.#session = session;
  }

  /** Load the code after this. */
  static async start(): Promise<StepCounter> {
    const session = new Session();
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    return new StepCounter(session);
  }

  async stepsOf(run: () => void): Promise<number> {
    await this.#session.post('Profiler.takePreciseCoverage');
    run();
    const { result } = await this.#session.post('Profiler.takePreciseCoverage');
    return result
      .filter(({ url }) => url.includes('/src/record/masking/'))
      .flatMap(({ functions }) => functions)
      .flatMap(({ ranges }) => ranges)
      .reduce((total, { count }) => total + count, 0);
  }
}
