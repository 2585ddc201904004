/** Longest address, in UTF-8 bytes. 255 holds the longest DNS name with a port and fits one length byte. */
export const maxAddressBytes = 255;

/** Most addresses in an onward or a return route. 64 is more than any real path and keeps a header under 32 KiB. */
export const maxRouteHops = 64;

/** Most deliveries of one message, over all nodes. 255 is four times the longest route, so only a loop reaches it. */
export const maxHopCount = 255;

/** Longest text of a refusal's reason, in UTF-16 units. Enough for one sentence; longer text is cut. */
export const maxReasonLength = 512;

/**
 * Largest payload of a message over transports that carry large frames, in bytes.
 * 1 MiB: far above what a portal sends at once, small enough to hold several of per peer.
 */
export const maxPayloadBytes = 1_048_576;
