import type { Exchange } from '../../http/exchange.ts';
import type { Masking } from '../masking/masking.ts';
import type { RecordFields } from '../record-fields.ts';

type ConnectionFieldValues = Pick<
  RecordFields,
  | 'scheme'
  | 'clientAddress'
  | 'clientAddressSource'
  | 'peerAddress'
  | 'peerPort'
  | 'serverAddress'
  | 'serverPort'
  | 'protocolVersion'
  | 'userAgent'
>;

/**
 * The fields of a record that are the same for most exchanges of a connection. They are read once, and again only where
 * an exchange has another host, user agent or protocol version than the one before.
 */
export class ConnectionFields implements Readonly<ConnectionFieldValues> {
  readonly scheme: 'http' | 'https';
  readonly clientAddress: string | undefined;
  readonly clientAddressSource: string | undefined;
  readonly peerAddress: string | undefined;
  readonly peerPort: number | undefined;
  readonly serverAddress: string | undefined;
  readonly serverPort: number | undefined;
  readonly protocolVersion: string;
  readonly userAgent: string | undefined;

  readonly #owner: object;
  readonly #masking: Masking;
  readonly #host: string | undefined;
  readonly #userAgent: string | undefined;
  readonly #httpVersion: string;
  readonly #namedScheme: Exchange['scheme'];

  /**
   * @param owner the reader of the fields: a reader with other options has other values for the same connection
   * @param masking the rules in force when they were read
   * @param fields as read of the exchange
   */
  constructor(owner: object, masking: Masking, exchange: Exchange, fields: Readonly<ConnectionFieldValues>) {
    this.scheme = fields.scheme;
    this.clientAddress = fields.clientAddress;
    this.clientAddressSource = fields.clientAddressSource;
    this.peerAddress = fields.peerAddress;
    this.peerPort = fields.peerPort;
    this.serverAddress = fields.serverAddress;
    this.serverPort = fields.serverPort;
    this.protocolVersion = fields.protocolVersion;
    this.userAgent = fields.userAgent;
    this.#owner = owner;
    this.#masking = masking;
    this.#host = exchange.host;
    this.#userAgent = exchange.userAgent;
    this.#httpVersion = exchange.httpVersion;
    this.#namedScheme = exchange.scheme;
  }

  /** Whether another exchange of the connection has the same fields. */
  matches(owner: object, masking: Masking, { host, userAgent, httpVersion, scheme }: Exchange): boolean {
    return (
      owner === this.#owner &&
      masking === this.#masking &&
      host === this.#host &&
      userAgent === this.#userAgent &&
      httpVersion === this.#httpVersion &&
      scheme === this.#namedScheme
    );
  }

  copyTo(fields: ConnectionFieldValues & { connectionFields: ConnectionFields | undefined }): void {
    fields.connectionFields = this;
    fields.scheme = this.scheme;
    fields.clientAddress = this.clientAddress;
    fields.clientAddressSource = this.clientAddressSource;
    fields.peerAddress = this.peerAddress;
    fields.peerPort = this.peerPort;
    fields.serverAddress = this.serverAddress;
    fields.serverPort = this.serverPort;
    fields.protocolVersion = this.protocolVersion;
    fields.userAgent = this.userAgent;
  }
}
