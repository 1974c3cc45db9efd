import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { TestOwner } from '../../support/owner.ts';
import type { App } from '../../support/spawn-app.ts';

/**
 * When the process is stopped after a response: in the very callback that has read its last byte, or as soon as the
 * process has nothing left to do and sleeps. Real platforms leave a process more time than the first.
 */
type When = 'at once' | 'asleep';

/** Plays a platform that freezes the process between requests: SIGCONT, one request, SIGSTOP. */
export class FreezingPlatform {
  readonly #app: App;
  readonly #socket: Socket;
  #received = '';
  #onResponse: () => void = () => undefined;

  private constructor(app: App, socket: Socket, when: When) {
    this.#app = app;
    this.#socket = socket;
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.#received += text;
      if (!isWhole(this.#received)) return;
      if (when === 'asleep') while (!this.#isAsleep);
      this.freeze();
      this.#received = '';
      this.#onResponse();
    });
    socket.on('error', () => undefined);
  }

  /** Connects to the application, and freezes it. */
  static async start(
    owner: TestOwner,
    app: App & { readonly port: number },
    when: When = 'at once',
  ): Promise<FreezingPlatform> {
    const socket = connect({ port: app.port, host: '127.0.0.1', noDelay: true });
    owner.after(async () => void socket.destroy());
    await once(socket, 'connect');
    app.child.kill('SIGSTOP');
    return new FreezingPlatform(app, socket, when);
  }

  /** One request. Resolves when its response has come and the process is frozen again. */
  request(path: string): Promise<void> {
    return new Promise((resolve) => {
      this.#onResponse = resolve;
      this.#app.child.kill('SIGCONT');
      this.#socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`);
    });
  }

  /** Ends the process without a thaw. */
  async kill(): Promise<void> {
    this.#app.child.kill('SIGKILL');
    await this.#app.exited;
  }

  /** Ends the process as platforms do that give notice: it is thawed for SIGTERM. */
  async terminate(): Promise<void> {
    this.thaw();
    await this.#app.stop('SIGTERM');
  }

  freeze(): void {
    this.#app.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#app.child.kill('SIGCONT');
  }

  get #isAsleep(): boolean {
    // `pid (name) state`; the name may have spaces.
    const stat = readFileSync(`/proc/${this.#app.child.pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('S');
  }
}

function isWhole(text: string): boolean {
  const [head = '', body] = text.split('\r\n\r\n');
  const length = /content-length: (\d+)/i.exec(head)?.[1];
  return body !== undefined && length !== undefined && body.length >= Number(length);
}
