import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** The address of the page, on this machine only. */
export const PAGE_HOST = '127.0.0.1';
/** What its own origin may be called. */
const NAMES = [PAGE_HOST, 'localhost'];

/** Why a request is not answered. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
}

/** A part of the address that cannot be guessed: 128 random bits. */
export function newToken(): string {
  return randomBytes(16).toString('base64url');
}

/**
 * Decides which requests come from the page itself, or from a person who has its address.
 *
 * A browser lets any web site send requests to this machine. `Host` refuses a site whose name was pointed to 127.0.0.1
 * (DNS rebinding), `Origin` and `Sec-Fetch-Site` pages of other origins, the token everything that knows no
 * more than the port, such as other users of the machine.
 *
 * @returns the path behind the token, or why the request is refused
 */
export function checkRequest(request: IncomingMessage, port: number, token: string): string | Refusal {
  const { host, origin, 'sec-fetch-site': site = 'none' } = request.headers;
  if (!NAMES.some((name) => host === `${name}:${port}`)) {
    return { status: 421, message: 'Host: expected the address that was printed' };
  }
  if (origin !== undefined && origin !== `http://${host}`) {
    return { status: 403, message: 'nothing is given to pages of other origins' };
  }
  if (site !== 'none' && site !== 'same-origin') {
    return { status: 403, message: 'nothing is given to other sites' };
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return { status: 405, message: 'GET expected' };
  }
  const [, given = '', path] = /^\/([^/?]*)(\/[^?]*)?/.exec(request.url ?? '') ?? [];
  if (!isSame(given, token) || path === undefined) {
    return { status: 404, message: 'expected the whole address that was printed, with its token' };
  }
  return path;
}

/** In the same time however much of it is right. */
function isSame(given: string, token: string): boolean {
  const [left, right] = [given, token].map((text) => createHash('sha256').update(text).digest());
  return left !== undefined && right !== undefined && timingSafeEqual(left, right);
}
