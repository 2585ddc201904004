/** Highest port of TCP and UDP. */
export const maxPort = 65_535;

/** Longest host name, in characters. 253: what fits a DNS message (RFC 1035, section 3.1). */
export const maxHostLength = 253;

/** Longest label of a host name, in characters (RFC 1035, section 2.3.4). */
export const maxLabelLength = 63;

/** Longest duration, in milliseconds. 2,147,483,647 (24 days): what a timer of the platform can wait. */
export const maxDurationMs = 2_147_483_647;

/** Longest name of a node, relay or inlet, in characters. 64: long enough for people, short enough for every file system. */
export const maxNameLength = 64;

/** Longest route read from standard input, in characters. 32 KiB: the longest route of 64 hops, with room. */
export const maxRouteTextLength = 32_768;
