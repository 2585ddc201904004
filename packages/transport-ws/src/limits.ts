/** Longest wait for an open WebSocket, name look-up, proxy and TLS included, in milliseconds. 10 s: three SYN retries. */
export const defaultDialTimeoutMs = 10_000;

/** The sub-protocol that both ends name (RFC 6455, section 1.9): whoever does not speak Culvert is told so before it says a word. */
export const subProtocol = "culvert";

/** Proxies in front of a listener that are believed about who their clients are. None: the header is anybody's word. */
export const defaultTrustedProxies = 0;
