/** Largest frame, in bytes. Default 69,632: 64 KiB of payload and 4 KiB for the message's header. */
export const defaultMaxFrameBytes = 69_632;

/** Smallest `maxFrameBytes` that may be set or announced, in bytes: less could not carry a message's header. */
export const minMaxFrameBytes = 1_024;

/** Largest `maxFrameBytes` that may be set, in bytes. 256 KiB: the loss of one datagram loses the frame, so larger ones hardly arrive. */
export const maxMaxFrameBytes = 262_144;

/** Largest body of a datagram, in bytes. Default 1,200: fits every path that carries IPv6 and QUIC, with room for tunnels. */
export const defaultDatagramBytes = 1_200;

/** Smallest `datagramBytes`, in bytes. */
export const minDatagramBytes = 256;

/** Largest `datagramBytes`, in bytes: the largest UDP datagram over IPv4, less the headers of this protocol. */
export const maxDatagramBytes = 65_483;

/** Longest wait for an answer to a dial, name look-up included, in milliseconds. 5 s: five hellos may be lost. */
export const defaultDialTimeoutMs = 5_000;

/** Wait before a hello is sent again, in milliseconds; doubles each time. 250 ms: above most round trips. */
export const helloRetryMs = 250;

/** Longest wait before a hello is sent again, in milliseconds. */
export const maxHelloRetryMs = 1_000;

/** Longest time without sending, in milliseconds. 5 s: keeps a NAT mapping open, which may last 30 s, and two pings may be lost. */
export const defaultPingIntervalMs = 5_000;

/** Silence after which a peer counts as dead and is forgotten, in milliseconds. */
export const defaultDeadPeerMs = 15_000;

/** Bytes queued for a connection above which senders are told to wait. 256 KiB: a few of the largest frames. */
export const defaultSoftQueueBytes = 262_144;

/** Bytes queued for a connection above which `send` throws. 4 MiB: what one sender that does not wait can cost. */
export const defaultHardQueueBytes = 4_194_304;

/** Memory of what all connections hold to be sent, in bytes. 64 MiB: sixteen of them full, or a thousand of the largest frames. */
export const defaultMaxUnsentBytes = 67_108_864;

/** Most answers of a listener to those without a connection that the system has not taken yet; further ones are left out. */
export const maxRepliesInFlight = 1_024;

/**
 * Datagrams of a connection handed to the system per turn of the event loop. 32: as many as Node reads from a socket in one,
 * so that a like receiver keeps up.
 */
export const maxDatagramsPerTurn = 32;

/** What a datagram that waits counts beside its bytes, so that empty ones are bounded too: about what its objects cost. */
export const datagramOverheadBytes = 256;

/** Longest time for sending what is queued when a connection is closed, in milliseconds. */
export const defaultCloseTimeoutMs = 2_000;

/** Most connections of a listener. 10,000: as many peers as a relay is built for. */
export const defaultMaxConnections = 10_000;

/** Bytes that wait in a connection whose receiver is busy; what comes beyond is dropped. 1 MiB: fifteen of the largest frames. */
export const maxInboxBytes = 1_048_576;

/** Frames that wait in a connection whose receiver is busy; what comes beyond is dropped. */
export const maxInboxFrames = 1_024;

/** Most frames of one peer that are incomplete; the oldest gives way. */
export const maxPartialFrames = 32;

/** Most bytes of one peer in incomplete frames; the oldest gives way. */
export const maxPartialBytes = 1_048_576;

/**
 * Most bytes in frames of all peers of a transport that are incomplete or wait for a busy receiver. 64 MiB: bounds what 10,000
 * peers can do together.
 */
export const maxSharedPartialBytes = 67_108_864;

/** An incomplete frame is given up after so many milliseconds: far above any reordering. */
export const reassemblyTimeoutMs = 2_000;

/** A cookie is good for one to two of these, in milliseconds. */
export const cookieSlotMs = 10_000;

/** Most answers per second to datagrams of unknown connections. Enough to tell all peers within seconds of a restart. */
export const maxUnknownRepliesPerSecond = 2_000;

/** Time before another new source address of a connection is looked at, in milliseconds. */
export const moveRetryMs = 1_000;

/** What is asked of the system for its receive buffer, in bytes: 4 MiB holds a burst of 3,000 datagrams. */
export const receiveBufferBytes = 4_194_304;

/** Most addresses of a machine that a listener on all of them binds one by one; a machine with more gets one socket for all. */
export const maxLocalAddresses = 64;

/** Time between two looks at the addresses of a machine for a listener on all of them, in milliseconds. */
export const addressScanMs = 2_000;
