/** Paths of PEM files. */
export interface TlsFiles {
  /** Certificates of the authorities that may sign the receiver's. Default: those that Node trusts. */
  readonly ca: string | undefined;
  /** Certificate of the client, to which `key` belongs. */
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** Contents of the files. */
export type TlsContents = { readonly [Name in keyof TlsFiles]: Uint8Array | undefined };

/** Bytes of a PEM file at most; all the certificates that browsers trust take a quarter of this. */
export const MAX_PEM_BYTES: number = 2 ** 20;

/**
 * Checks whether a connection can be made with the files. A file that is still being written usually lacks the end of
 * its last certificate, and a key that was replaced before its certificate does not fit it.
 *
 * @throws Error as OpenSSL does
 */
export function checkTlsContents({ ca, cert, key }: TlsContents): void {
  if (ca !== undefined) checkCertificates(ca);
  if (cert === undefined || key === undefined) return;
  checkCertificates(cert);
  if (key.length === 0) throw new Error('the key is empty');
  // Loaded only here: most processes do not use TLS, and loading it delays the start.
  const { createSecureContext } = process.getBuiltinModule('node:tls');
  createSecureContext({ cert: Buffer.from(cert), key: Buffer.from(key) });
}

/** OpenSSL silently ignores what it cannot read in a file of authorities, even if that is everything. */
function checkCertificates(pem: Uint8Array): void {
  const text = Buffer.from(pem).toString('latin1');
  const begun = text.match(/-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/g)?.length ?? 0;
  const ended = text.match(/-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g)?.length ?? 0;
  if (begun === 0) throw new Error('no PEM certificate');
  if (begun !== ended) throw new Error('half a PEM certificate');
  const { X509Certificate } = process.getBuiltinModule('node:crypto');
  new X509Certificate(pem);
}
