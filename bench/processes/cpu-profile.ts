import { type Profiler, Session } from 'node:inspector';

/** Samples are taken this often, microseconds. */
const INTERVAL_MICROS = 250;

/** The sampling profiler of this process, from within. */
export class CpuProfile {
  readonly #session = new Session();

  async start(): Promise<void> {
    this.#session.connect();
    await this.#post('Profiler.enable');
    await this.#post('Profiler.setSamplingInterval', { interval: INTERVAL_MICROS });
    await this.#post('Profiler.start');
  }

  async stop(): Promise<Profiler.Profile> {
    const { profile } = await this.#post<Profiler.StopReturnType>('Profiler.stop');
    this.#session.disconnect();
    return profile;
  }

  #post<Result>(method: string, parameters: object = {}): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#session.post(method, parameters, (error, result) => {
        if (error === null) resolve(result as Result);
        else reject(error);
      });
    });
  }
}
