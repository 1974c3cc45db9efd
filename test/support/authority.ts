import { generate } from 'selfsigned';
import type { Certificate } from './certificates.ts';

/** A certificate authority made for one test run. */
export interface Authority extends Certificate {
  /** A certificate for servers and clients, valid for `localhost`, 127.0.0.1 and ::1. */
  issue(commonName: string): Promise<Certificate>;
}

const COMMON = { keyType: 'ec', algorithm: 'sha256' } as const;

/** For TLS and mTLS where the two ends must not simply trust one shared certificate. */
export async function createAuthority(commonName = 'test authority'): Promise<Authority> {
  const root = await generate([{ name: 'commonName', value: commonName }], {
    ...COMMON,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const ca = { cert: root.cert, key: root.private };
  return {
    ...ca,
    issue: async (name) => {
      const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
        ...COMMON,
        ca,
        extensions: [
          { name: 'basicConstraints', cA: false },
          {
            name: 'subjectAltName',
            altNames: [
              { type: 2, value: 'localhost' },
              { type: 7, ip: '127.0.0.1' },
              { type: 7, ip: '::1' },
            ],
          },
        ],
      });
      return { cert, key };
    },
  };
}
