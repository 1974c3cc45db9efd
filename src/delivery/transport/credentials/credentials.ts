import { type OtlpProtocol, whyNot } from '../../../options/environment.ts';
import { Polling } from '../../../options/file/polling.ts';
import { WatchedFiles, type WatchedFilesListener } from '../../../options/file/watched-files.ts';
import {
  MAX_HEADERS_FILE_BYTES,
  type OtlpHeaders,
  parseHeadersFile,
} from '../../../options/otlp/otlp-headers.ts';
import {
  checkTlsContents,
  MAX_PEM_BYTES,
  type TlsContents,
  type TlsFiles,
} from '../../../options/otlp/tls-files.ts';
import { Secrets } from './secrets.ts';

/** Headers and certificates of an attempt. Each part stays the same object until it changes. */
export interface Credentials {
  readonly headers: OtlpHeaders;
  /** `undefined` for a connection without TLS. */
  readonly tls: TlsContents | undefined;
  /** Must not appear in messages. */
  readonly secrets: Secrets;
}

export interface CredentialSettings {
  readonly protocol: OtlpProtocol;
  readonly url: string;
  readonly proxy?: string | undefined;
  readonly headers: OtlpHeaders;
  /** Path of a file whose headers override those of the same name in `headers`; `''` for none. */
  readonly headersFile: string;
  /** `undefined` for a connection without TLS. */
  readonly tls: TlsFiles | undefined;
}

/** Called with one line for the operator. */
export interface FileListener {
  warn(text: string): void;
  info(text: string): void;
}

/** Headers that the transport sets itself, or that would change how the message is framed (RFC 9110, RFC 9112). */
const RESERVED =
  /^(?:connection|content-(?:encoding|length|type)|expect|grpc-.*|http2-settings|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/;

/**
 * Headers and certificates. Files are checked for changes every five seconds from the first use on, and on request. While
 * a file is missing, empty or half-written, its last good contents stay in use.
 */
export class CredentialSource {
  readonly #settings: CredentialSettings;
  readonly #polling: Polling;
  readonly #headers: WatchedFiles<OtlpHeaders> | undefined;
  readonly #tls: WatchedFiles<TlsContents> | undefined;
  #current: Credentials | undefined;

  /** Reads the files, synchronously. */
  constructor(settings: CredentialSettings, notices: FileListener, pollMs?: number) {
    const { protocol, headersFile, tls } = settings;
    this.#settings = settings;
    this.#polling = new Polling(() => this.#look(), pollMs);
    if (headersFile !== '') {
      this.#headers = new WatchedFiles({
        paths: [headersFile],
        maxBytes: MAX_HEADERS_FILE_BYTES + 1,
        parse: ([bytes = new Uint8Array()]) => parseHeadersFile(bytes, protocol),
        listener: new FileNotices(`the headers in ${headersFile}`, notices),
      });
    }
    const { ca, cert, key } = tls ?? {};
    const pem = [ca, cert, key].filter((path) => path !== undefined);
    if (pem.length > 0) {
      this.#tls = new WatchedFiles({
        paths: [ca, cert, key],
        maxBytes: MAX_PEM_BYTES,
        parse: ([ca, cert, key]) => {
          checkTlsContents({ ca, cert, key });
          return { ca, cert, key };
        },
        listener: new FileNotices(`the certificates in ${pem.join(', ')}`, notices),
      });
    }
    this.#combine();
  }

  /** `undefined` while a file has never been usable. */
  get current(): Credentials | undefined {
    return this.#current;
  }

  /** Why a file cannot be used now; `undefined` where all can. */
  get trouble(): string | undefined {
    return this.#tls?.trouble ?? this.#headers?.trouble;
  }

  get watchesFiles(): boolean {
    return this.#headers !== undefined || this.#tls !== undefined;
  }

  get watchesCertificates(): boolean {
    return this.#tls !== undefined;
  }

  /** Starts the regular checks of the files. */
  use(): void {
    if (this.watchesFiles) this.#polling.start();
  }

  /** Checks the files now. Never rejects. */
  refresh(): Promise<void> {
    return this.#polling.now();
  }

  close(): void {
    this.#polling.stop();
  }

  async #look(): Promise<void> {
    const looked = await Promise.all([this.#headers?.look(), this.#tls?.look()]);
    if (looked.includes(true)) this.#combine();
  }

  #combine(): void {
    const { url, proxy, headers, tls } = this.#settings;
    const fromFile = this.#headers === undefined ? {} : this.#headers.value;
    const contents = this.#tls === undefined ? tls && NO_FILES : this.#tls.value;
    if (fromFile === undefined || (tls !== undefined && contents === undefined)) return;
    const all = Object.entries({ ...headers, ...fromFile }).filter(([name]) => !RESERVED.test(name));
    const usable = Object.freeze(Object.fromEntries(all));
    this.#current = { headers: usable, tls: contents, secrets: Secrets.of({ headers: usable, url, proxy }) };
  }
}

const NO_FILES: TlsContents = { ca: undefined, cert: undefined, key: undefined };

/** Tells the operator which files cannot be used, and what is done instead. */
class FileNotices implements WatchedFilesListener {
  readonly #name: string;
  readonly #notices: FileListener;

  constructor(name: string, notices: FileListener) {
    this.#name = name;
    this.#notices = notices;
  }

  onTrouble(error: unknown, hasValue: boolean): void {
    const instead = hasValue ? 'the last good ones stay in use' : 'nothing is sent until they can';
    this.#notices.warn(`${this.#name} cannot be used (${whyNot(error)}): ${instead}`);
  }

  onRecovered(): void {
    this.#notices.info(`${this.#name} can be used again`);
  }
}
