import { ATTRIBUTES, type AttributeField } from '../../record/attributes/attribute-table.ts';
import type { RecordFields } from '../../record/record-fields.ts';
import { AttributeKey } from './attribute-key.ts';
import type { ByteWriter } from './byte-writer.ts';

const CLIENT_ADDRESS_KEY = new AttributeKey(ATTRIBUTES.clientAddress.name);
const CLIENT_ADDRESS_SOURCE_KEY = new AttributeKey(ATTRIBUTES.clientAddressSource.name);
const PEER_ADDRESS_KEY = new AttributeKey(ATTRIBUTES.peerAddress.name);
const PEER_PORT_KEY = new AttributeKey(ATTRIBUTES.peerPort.name);
const PROTOCOL_VERSION_KEY = new AttributeKey(ATTRIBUTES.protocolVersion.name);
const SERVER_ADDRESS_KEY = new AttributeKey(ATTRIBUTES.serverAddress.name);
const SERVER_PORT_KEY = new AttributeKey(ATTRIBUTES.serverPort.name);
const SCHEME_KEY = new AttributeKey(ATTRIBUTES.scheme.name);
const USER_AGENT_KEY = new AttributeKey(ATTRIBUTES.userAgent.name);

/** Fields whose attributes {@link ConnectionCache.write} writes. */
export const CACHED_FIELDS: readonly AttributeField[] = [
  ...(['peerAddress', 'peerPort', 'serverAddress', 'serverPort', 'protocolVersion', 'scheme'] as const),
  ...(['clientAddress', 'clientAddressSource', 'userAgent'] as const),
];

/** Size of the cache, in connections; the port of the peer decides on the slot. A power of two. */
const SLOTS = 2048;
/** A connection with longer attributes is not cached. */
const MAX_BYTES = 512;

/** How often the entry of a connection is replaced: a proxy may send requests for many hosts, in turns, over one. */
const MAX_ATTEMPTS = 4;

const NOTHING = new Uint8Array(0);

/** The attributes of peer and server. */
function writePeerAndServer(writer: ByteWriter, fields: RecordFields): void {
  const { peerAddress, peerPort, serverAddress, serverPort, protocolVersion } = fields;
  if (peerAddress !== undefined) PEER_ADDRESS_KEY.writeString(writer, peerAddress);
  if (peerPort !== undefined) PEER_PORT_KEY.writeInt(writer, peerPort);
  if (serverAddress !== undefined) SERVER_ADDRESS_KEY.writeString(writer, serverAddress);
  if (serverPort !== undefined) SERVER_PORT_KEY.writeInt(writer, serverPort);
  if (protocolVersion !== '') PROTOCOL_VERSION_KEY.writeString(writer, protocolVersion);
  SCHEME_KEY.writeString(writer, fields.scheme);
}

function writeClient(writer: ByteWriter, fields: RecordFields): void {
  const { clientAddress, clientAddressSource, userAgent } = fields;
  if (clientAddress !== undefined) CLIENT_ADDRESS_KEY.writeString(writer, clientAddress);
  if (clientAddressSource !== undefined) CLIENT_ADDRESS_SOURCE_KEY.writeString(writer, clientAddressSource);
  if (userAgent !== undefined) USER_AGENT_KEY.writeString(writer, userAgent);
}

/** The attributes of one connection, encoded, and the values that they were encoded from. */
class CachedConnection {
  peerAddress: string | undefined;
  peerPort: number | undefined;
  /** That of the record that was written last. */
  #connectionFields: object | undefined;
  #serverAddress: string | undefined;
  #serverPort: number | undefined;
  #protocolVersion = '';
  #scheme = '';
  #clientAddress: string | undefined;
  #clientAddressSource: string | undefined;
  #userAgent: string | undefined;
  #attempts = 0;
  #buffer: Uint8Array = NOTHING;
  /** Empty while nothing is cached. */
  #peerAndServer: Uint8Array = NOTHING;
  #all: Uint8Array = NOTHING;

  /** Gives the slot to another connection. Nothing of it is cached before its second record. */
  assign({ peerAddress, peerPort }: RecordFields): void {
    this.peerAddress = peerAddress;
    this.peerPort = peerPort;
    this.#attempts = 0;
    this.#peerAndServer = NOTHING;
    this.#connectionFields = undefined;
  }

  /** Copies all attributes if the record has the same `connectionFields` as the last one. @returns whether it has */
  writeIfSame(writer: ByteWriter, { connectionFields }: RecordFields): boolean {
    if (connectionFields === undefined || connectionFields !== this.#connectionFields) return false;
    writer.raw(this.#all);
    return true;
  }

  /** Whether peer and server are the cached ones; the slot belongs to the peer already. */
  hasPeerAndServerOf(fields: RecordFields): boolean {
    return (
      this.#peerAndServer !== NOTHING &&
      fields.serverPort === this.#serverPort &&
      fields.serverAddress === this.#serverAddress &&
      fields.protocolVersion === this.#protocolVersion &&
      fields.scheme === this.#scheme
    );
  }

  /** Copies peer and server, and the client too if it is the cached one. */
  write(writer: ByteWriter, fields: RecordFields): void {
    if (
      fields.clientAddress === this.#clientAddress &&
      fields.clientAddressSource === this.#clientAddressSource &&
      fields.userAgent === this.#userAgent
    ) {
      this.#connectionFields = fields.connectionFields;
      writer.raw(this.#all);
    } else {
      writer.raw(this.#peerAndServer);
      writeClient(writer, fields);
    }
  }

  /** Writes all attributes and caches them. */
  writeAndCache(writer: ByteWriter, fields: RecordFields): void {
    const start = writer.at;
    writePeerAndServer(writer, fields);
    const prefixLength = writer.at - start;
    writeClient(writer, fields);
    const length = writer.at - start;
    if (writer.overflow || length > MAX_BYTES || this.#attempts === MAX_ATTEMPTS) return;
    this.#attempts++;
    if (this.#buffer === NOTHING) this.#buffer = Buffer.allocUnsafeSlow(MAX_BYTES);
    this.#buffer.set(writer.bytes.subarray(start, writer.at));
    this.#peerAndServer = this.#buffer.subarray(0, prefixLength);
    this.#all = this.#buffer.subarray(0, length);
    this.#connectionFields = fields.connectionFields;
    this.#serverAddress = fields.serverAddress;
    this.#serverPort = fields.serverPort;
    this.#protocolVersion = fields.protocolVersion;
    this.#scheme = fields.scheme;
    this.#clientAddress = fields.clientAddress;
    this.#clientAddressSource = fields.clientAddressSource;
    this.#userAgent = fields.userAgent;
  }
}

/**
 * Writes the attributes that are mostly the same in all records of a connection; from the third record on, what did not
 * change is copied. Entries are found by the values of the fields, so the cache keeps no connection alive. Connections
 * that take turns in one slot are not cached.
 */
export class ConnectionCache {
  readonly #slots: (CachedConnection | undefined)[] = new Array(SLOTS).fill(undefined);

  write(writer: ByteWriter, fields: RecordFields): void {
    const { peerAddress, peerPort = 0 } = fields;
    const index = peerPort & (SLOTS - 1);
    let cached = this.#slots[index];
    if (cached?.writeIfSame(writer, fields)) return;
    if (cached !== undefined && cached.peerPort === fields.peerPort && cached.peerAddress === peerAddress) {
      if (cached.hasPeerAndServerOf(fields)) cached.write(writer, fields);
      else cached.writeAndCache(writer, fields);
      return;
    }
    if (cached === undefined) {
      cached = new CachedConnection();
      this.#slots[index] = cached;
    }
    cached.assign(fields);
    writePeerAndServer(writer, fields);
    writeClient(writer, fields);
  }
}
