// Not the global one, which is a getter.
import { Buffer } from 'node:buffer';

export type Method = (this: unknown, ...args: unknown[]) => unknown;

/** The prototype of `object` that has `name` of its own; the object may be of a class that extends it. */
export function prototypeWith(object: object, name: string): object | undefined {
  let prototype: object | null = Object.getPrototypeOf(object);
  while (prototype !== null && !Object.hasOwn(prototype, name)) {
    prototype = Object.getPrototypeOf(prototype);
  }
  return prototype ?? undefined;
}

/**
 * Replaces a method of a prototype. Does nothing where there is no such method.
 *
 * @param wrap makes the replacement; is given where the method is found that is called in the end
 * @param isEnumerable of a replacement for a method that the prototype inherits
 * @returns a function that removes the replacement, unless another package has replaced it since
 */
export function patchMethod<Name extends string | symbol>(
  prototype: object,
  name: Name,
  wrap: (source: Readonly<Record<Name, Method>>) => unknown,
  isEnumerable: boolean,
): () => void {
  const own = Object.getOwnPropertyDescriptor(prototype, name);
  if (typeof Reflect.get(prototype, name) !== 'function') return () => undefined;
  // An inherited method is looked up at each call: another package may patch the prototype above later.
  const source = own === undefined ? Object.getPrototypeOf(prototype) : { [name]: own.value };
  const replacement = wrap(source);
  Object.defineProperty(prototype, name, {
    value: replacement,
    writable: true,
    configurable: true,
    enumerable: own?.enumerable ?? isEnumerable,
  });
  return () => {
    if (Reflect.get(prototype, name) !== replacement) return;
    if (own === undefined) Reflect.deleteProperty(prototype, name);
    else Object.defineProperty(prototype, name, own);
  };
}

/** Bytes of what is written to a stream: 0 for anything that is neither a string nor bytes. */
export function lengthOf(data: unknown, encoding: unknown): number {
  if (typeof data === 'string') {
    if (data === '') return 0;
    return Buffer.byteLength(data, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
  }
  return data instanceof Uint8Array ? data.byteLength : 0;
}
