import { NONE, type Option, option } from '../option.ts';
import { filePath, headerNames, oneOf, originHeaders, pathRules, proxies } from '../values/values.ts';

type ClientIp = 'full' | 'truncated' | 'hash' | 'none';

/** What a record says of a client and its request. */
export const contentOptions = {
  /** Path rules where the query is dropped as a whole. Default `/login,/oauth/**,/token`. */
  sensitivePaths: option(pathRules, {
    default: ['/login', '/oauth/**', '/token'],
    meaning:
      'list like that of `ignore`; the query is dropped as a whole there, and where a server may take the path for one ' +
      'of these; `,` for none, in code and file `[]`',
  }) as Option<readonly string[]>,
  /**
   * Peers whose proxy headers are believed: addresses, CIDRs, and the names `loopback`, `linklocal`, `uniquelocal`,
   * `cloudflare`, `unix`. A peer that connects from there can claim any client address. A number instead is how many
   * hops are trusted, the peer being the first, as Express counts them. Default empty.
   */
  trustedProxies: option(proxies, {
    default: NONE,
    meaning:
      'peers whose proxy headers are believed: list of addresses, CIDRs and the names `loopback`, `linklocal`, ' +
      '`uniquelocal`, `cloudflare`, `unix` (peers of a Unix domain socket); or one number alone: so many hops, as ' +
      'Express counts them',
  }) as Option<readonly string[] | number>,
  /** Headers that name the client, in order of precedence, believed only from a trusted peer. Default `x-forwarded-for`. */
  clientIpHeaders: option(headerNames, {
    default: ['x-forwarded-for'],
    meaning:
      'headers that name the client, in order of precedence, believed only from a trusted peer; one without any ' +
      'address in it is as good as absent; list only those that your proxy writes or removes; with `cloudflare` ' +
      'among the trusted, `cf-connecting-ip` comes first where the peer, or the hop that the trusted walk reached, ' +
      'is a Cloudflare address; naming it here believes it from any trusted peer',
  }) as Option<readonly string[]>,
  /**
   * Headers that carry the scheme, host and port that the client asked for, believed only from a trusted peer: of
   * `x-forwarded-proto`, `x-forwarded-host`, `x-forwarded-port`, `forwarded`. Default `x-forwarded-proto`.
   */
  originHeaders: option(originHeaders, {
    default: ['x-forwarded-proto'],
    meaning:
      'headers that name the scheme, host and port that the client asked for, believed only from a trusted peer: of ' +
      '`x-forwarded-proto`, `x-forwarded-host`, `x-forwarded-port`, `forwarded`; list only those that your proxy ' +
      'writes or removes',
  }) as Option<readonly string[]>,
  /** How much of the client's and the peer's address is written; `truncated` is /24 and /48, `hash` is keyed. Default `full`. */
  clientIp: option(oneOf(['full', 'truncated', 'hash', 'none']), {
    default: 'full',
    meaning:
      '`full`, `truncated` (/24, /48), `hash` (keyed, see `hashKeyFile`), `none`; for `client.address` and ' +
      '`network.peer.address`',
  }) as Option<ClientIp>,
  /** Request headers that are written; of credentials in them only the scheme or the names. Default empty. */
  requestHeaders: option(headerNames, {
    default: NONE,
    meaning: 'list of request headers that are written; no other is',
  }) as Option<readonly string[]>,
  /** Response headers that are written; of cookies only the names. Default empty. */
  responseHeaders: option(headerNames, {
    default: NONE,
    meaning: 'list of response headers that are written; no other is',
  }) as Option<readonly string[]>,
  /** Module of hooks, relative to the working directory; for the preload, since in code hooks are given as they are. Default empty. */
  hooks: option(filePath, {
    default: '',
    meaning:
      'path of a module that exports [hooks](hooks.md), relative to the working directory; for `register`: in code ' +
      'they are given as they are',
  }) as Option<string>,
};
