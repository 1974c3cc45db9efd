/** Paths of PEM files. */
export interface TlsFiles {
  /** Certificates of who signs the receiver's; without it those that Node trusts. */
  readonly ca: string | undefined;
  /** Of the client, with the key that belongs to it. */
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** What they hold. */
export type TlsContents = { readonly [Name in keyof TlsFiles]: Uint8Array | undefined };

/** Bytes of a PEM file at the most; the certificates that browsers trust take a quarter of it. */
export const MAX_PEM_BYTES: number = 2 ** 20;

/**
 * Looks whether a connection can be made with them. Half a file, which somebody is writing, mostly has no end of its
 * last certificate, and a key that was replaced before its certificate does not fit it.
 *
 * @throws Error as OpenSSL does
 */
export function checkTlsContents({ ca, cert, key }: TlsContents): void {
  if (ca !== undefined) checkCertificates(ca);
  if (cert === undefined || key === undefined) return;
  checkCertificates(cert);
  if (key.length === 0) throw new Error('the key is empty');
  // Loaded only here: TLS is not for everybody, and start-up counts.
  const { createSecureContext } = process.getBuiltinModule('node:tls');
  createSecureContext({ cert: Buffer.from(cert), key: Buffer.from(key) });
}

/** OpenSSL takes what it can read of a file of authorities, and be it nothing, without a word. */
function checkCertificates(pem: Uint8Array): void {
  const text = Buffer.from(pem).toString('latin1');
  const begun = text.match(/-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/g)?.length ?? 0;
  const ended = text.match(/-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g)?.length ?? 0;
  if (begun === 0) throw new Error('no PEM certificate');
  if (begun !== ended) throw new Error('half a PEM certificate');
  const { X509Certificate } = process.getBuiltinModule('node:crypto');
  new X509Certificate(pem);
}
