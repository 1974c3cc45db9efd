import { writeDouble, writeInt, writeString } from './any-value.ts';
import type { ByteWriter } from './byte-writer.ts';
import { KEY_VALUE, LOG_RECORD } from './tags.ts';

/** Writes an attribute of a LogRecord whose name is a constant: everything before the value is copied in one piece. */
export class AttributeKey {
  /** Tag and length of the entry, its key, and the tag of its value. */
  readonly #head: Uint8Array;

  /** @param name ASCII, up to 64 characters */
  constructor(name: string) {
    const key = Buffer.from(name, 'latin1');
    this.#head = Uint8Array.of(LOG_RECORD.attributes, 0, KEY_VALUE.key, key.length, ...key, KEY_VALUE.value);
  }

  writeString(writer: ByteWriter, value: string): void {
    const start = writer.at + 2;
    writer.raw(this.#head);
    writeString(writer, value);
    writer.close(start, 1);
  }

  /** @param value an integer of 64 bits */
  writeInt(writer: ByteWriter, value: number): void {
    const start = writer.at + 2;
    writer.raw(this.#head);
    writeInt(writer, value);
    writer.close(start, 1);
  }

  writeDouble(writer: ByteWriter, value: number): void {
    const start = writer.at + 2;
    writer.raw(this.#head);
    writeDouble(writer, value);
    writer.close(start, 1);
  }
}
