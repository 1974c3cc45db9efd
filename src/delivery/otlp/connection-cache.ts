import {
  CLIENT_ADDRESS,
  CLIENT_ADDRESS_SOURCE,
  NETWORK_PEER_ADDRESS,
  NETWORK_PEER_PORT,
  NETWORK_PROTOCOL_VERSION,
  SERVER_ADDRESS,
  SERVER_PORT,
  URL_SCHEME,
  USER_AGENT_ORIGINAL,
} from '../../record/attribute-names.ts';
import type { RecordFields } from '../../record/record-fields.ts';
import { AttributeKey } from './attribute-key.ts';
import type { ByteWriter } from './byte-writer.ts';

const CLIENT_ADDRESS_KEY = new AttributeKey(CLIENT_ADDRESS);
const CLIENT_ADDRESS_SOURCE_KEY = new AttributeKey(CLIENT_ADDRESS_SOURCE);
const PEER_ADDRESS_KEY = new AttributeKey(NETWORK_PEER_ADDRESS);
const PEER_PORT_KEY = new AttributeKey(NETWORK_PEER_PORT);
const PROTOCOL_VERSION_KEY = new AttributeKey(NETWORK_PROTOCOL_VERSION);
const SERVER_ADDRESS_KEY = new AttributeKey(SERVER_ADDRESS);
const SERVER_PORT_KEY = new AttributeKey(SERVER_PORT);
const SCHEME_KEY = new AttributeKey(URL_SCHEME);
const USER_AGENT_KEY = new AttributeKey(USER_AGENT_ORIGINAL);

/** At most as many connections are remembered, each in a place that its peer's port decides. A power of two. */
const PLACES = 2048;
/** What a connection's attributes may take to be remembered. */
const MAX_BYTES = 512;

/** How often a connection is remembered anew: a proxy may send requests for many hosts, in turns, over one. */
const MAX_ATTEMPTS = 4;

const NOTHING = new Uint8Array(0);

/** Both ends, as the attributes that say it. */
function writeEnds(writer: ByteWriter, fields: RecordFields): void {
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

/** Attributes of one connection as they were encoded, and the values that they were encoded from. */
class CachedConnection {
  peerAddress: string | undefined;
  peerPort: number | undefined;
  /** The `ends` of the fields that were written last. */
  #token: object | undefined;
  #serverAddress: string | undefined;
  #serverPort: number | undefined;
  #protocolVersion = '';
  #scheme = '';
  #clientAddress: string | undefined;
  #clientAddressSource: string | undefined;
  #userAgent: string | undefined;
  #attempts = 0;
  #memory: Uint8Array = NOTHING;
  /** Empty while nothing is remembered. */
  #ends: Uint8Array = NOTHING;
  #all: Uint8Array = NOTHING;

  /** Notes the connection, and forgets what was remembered of another one. */
  note({ peerAddress, peerPort }: RecordFields): void {
    this.peerAddress = peerAddress;
    this.peerPort = peerPort;
    this.#attempts = 0;
    this.#ends = NOTHING;
    this.#token = undefined;
  }

  /** Copies everything where it is the same for sure. @returns whether it is */
  writeKnown(writer: ByteWriter, { ends }: RecordFields): boolean {
    if (ends === undefined || ends !== this.#token) return false;
    writer.raw(this.#all);
    return true;
  }

  /** Whether the ends are the ones that are remembered. */
  hasEndsOf(fields: RecordFields): boolean {
    return (
      this.#ends !== NOTHING &&
      fields.serverPort === this.#serverPort &&
      fields.serverAddress === this.#serverAddress &&
      fields.protocolVersion === this.#protocolVersion &&
      fields.scheme === this.#scheme
    );
  }

  /** Copies the ends, and the client where it is the one that is remembered. */
  write(writer: ByteWriter, fields: RecordFields): void {
    if (
      fields.clientAddress === this.#clientAddress &&
      fields.clientAddressSource === this.#clientAddressSource &&
      fields.userAgent === this.#userAgent
    ) {
      this.#token = fields.ends;
      writer.raw(this.#all);
    } else {
      writer.raw(this.#ends);
      writeClient(writer, fields);
    }
  }

  /** Writes what is not remembered. */
  writeAndRemember(writer: ByteWriter, fields: RecordFields): void {
    const start = writer.at;
    writeEnds(writer, fields);
    const endsLength = writer.at - start;
    writeClient(writer, fields);
    const length = writer.at - start;
    if (writer.overflow || length > MAX_BYTES || this.#attempts === MAX_ATTEMPTS) return;
    this.#attempts++;
    if (this.#memory === NOTHING) this.#memory = Buffer.allocUnsafeSlow(MAX_BYTES);
    this.#memory.set(writer.bytes.subarray(start, writer.at));
    this.#ends = this.#memory.subarray(0, endsLength);
    this.#all = this.#memory.subarray(0, length);
    this.#token = fields.ends;
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
 * Writes the attributes that are mostly the same in all records of a connection, and copies them from the connection's
 * second record on where they are. They are found by what they say, so nothing of a connection is held. Connections that
 * take turns in one place are not remembered.
 */
export class ConnectionCache {
  readonly #places: (CachedConnection | undefined)[] = new Array(PLACES).fill(undefined);

  write(writer: ByteWriter, fields: RecordFields): void {
    const { peerAddress, peerPort = 0 } = fields;
    const index = peerPort & (PLACES - 1);
    let place = this.#places[index];
    if (place?.writeKnown(writer, fields)) return;
    if (place !== undefined && place.peerPort === fields.peerPort && place.peerAddress === peerAddress) {
      if (place.hasEndsOf(fields)) place.write(writer, fields);
      else place.writeAndRemember(writer, fields);
      return;
    }
    if (place === undefined) {
      place = new CachedConnection();
      this.#places[index] = place;
    }
    place.note(fields);
    writeEnds(writer, fields);
    writeClient(writer, fields);
  }
}
