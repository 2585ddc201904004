import { type CulvertError, optionInvalid } from "@x/core";
import {
  listenerDefaults,
  type MessageListenerOptions,
  type MessageListenerSettings,
  messageDefaults,
  messageRanges,
  resolveLimits,
  sourceDefaults,
} from "@x/transport-kit";
import { defaultDialTimeoutMs, defaultTrustedProxies } from "./limits.js";

/** Keys and certificates, in PEM form. */
export interface WsTls {
  /** The certificate of a listener over TLS, with those that lead to a root. */
  readonly cert?: string;
  /** Its key. */
  readonly key?: string;
  /** The roots to believe when dialling. Default: those of the platform. */
  readonly ca?: string;
}

/** How a WebSocket transport behaves. All have defaults that fit. In a browser, what is about listening, TLS and proxies has no effect. */
export interface WsOptions extends MessageListenerOptions {
  /** Longest wait for an open WebSocket, name look-up, proxy and TLS included, in milliseconds. Default 10,000. */
  readonly dialTimeoutMs?: number;
  /**
   * The pages that may connect to a listener, as origins: `https://app.example`. Default: those that the listener's own host
   * serves. Whoever is no browser says no origin, and may.
   */
  readonly origins?: readonly string[];
  /**
   * How many proxies stand in front of a listener, each of which adds the address of its client to the header `X-Forwarded-For`.
   * Default 0: whoever connects is the peer, and the header is anybody's word.
   */
  readonly trustedProxies?: number;
  /**
   * The HTTP proxy to dial through, by CONNECT: `http://user:password@proxy.example:3128`. Default: what the environment says in
   * `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, and none to this machine. False: none.
   */
  readonly proxy?: string | false;
  readonly tls?: WsTls;
}

/** {@link WsOptions} with every default filled in. */
export interface WsSettings extends MessageListenerSettings {
  readonly dialTimeoutMs: number;
  readonly origins: readonly string[] | undefined;
  readonly trustedProxies: number;
  readonly proxy: string | false | undefined;
  readonly tls: WsTls;
}

const defaults = {
  ...messageDefaults,
  ...listenerDefaults,
  dialTimeoutMs: defaultDialTimeoutMs as number,
  trustedProxies: defaultTrustedProxies as number,
};
const ranges = { ...messageRanges, trustedProxies: [0, Number.MAX_SAFE_INTEGER] } as const;

/**
 * Fills in defaults and checks what was given, but for what has no effect in browsers.
 *
 * @param what whose options they are, for errors: `ws()`
 * @throws CulvertError OPTION_INVALID
 */
export function resolveSettings(what: string, options: WsOptions): WsSettings {
  const { origins, proxy, tls = {}, onReport = ignore, ...given } = options;
  if (typeof onReport !== "function") throw optionInvalid("onReport", onReport, "it has to be a function");
  const { maxConnections = defaults.maxConnections } = given;
  const ownDefaults = { ...defaults, ...sourceDefaults(maxConnections) };
  const limits = resolveLimits<typeof defaults>(what, ownDefaults, given, ranges);
  return { ...limits, origins, proxy, tls, onReport };
}

function ignore(_: CulvertError): void {}
