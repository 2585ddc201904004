/** Version byte of every frame. See PROTOCOL.md, "Message frame". */
export const frameVersion = 1;

/** Bytes before the header: the version and the header's length. See PROTOCOL.md, "Message frame". */
export const framePrefixBytes = 3;

/** Largest header, in bytes. 32 KiB: two full routes of long names fit, and hostile peers cannot make us decode more. */
export const maxHeaderBytes = 32_768;

/** Most optional header fields of one message. 16: a handful of known ones and room for others. */
export const maxHeaderFields = 16;

/** Longest name of a header field, in UTF-8 bytes. */
export const maxFieldNameBytes = 64;

/** Deepest nesting of synchronous deliveries. 8: the usual path is 3 deep, and user code keeps most of the stack. */
export const maxDeliveryDepth = 8;

/** Most messages one worker handles in a row before other work of the process gets a turn. */
export const maxHandledInARow = 64;

/** Longest wait for a running handler when its worker closes, in milliseconds. */
export const workerCloseTimeoutMs = 1_000;

/** Longest time closing a node may take, in milliseconds. Transports close within less. */
export const nodeCloseTimeoutMs = 5_000;

/** What a queued message counts beside its payload, routes and fields, in bytes: its objects. Measured: 230 on V8. */
export const messageOverheadBytes = 256;

/** Most messages that wait for one look-up. 64: those of one burst; whoever sends more hears that the worker is busy. */
export const lookupWaitingMessages = 64;

/** Most that waits for one look-up, in bytes. Two of the largest messages. */
export const lookupWaitingBytes = 2_162_688;

/** Addresses that a node remembers as not found. 10,000 of about 200 bytes. */
export const maxNotFound = 10_000;

/** Headers each connection remembers in each direction. 16: more than most have in use, a few KiB at most. */
export const rememberedHeaders = 16;

/** Largest header worth remembering, in bytes. 512: five generated addresses each way. */
export const maxRememberedHeaderBytes = 512;

/** What a node allows. Every limit is per node unless it says otherwise. */
export interface NodeLimits {
  /** Most workers. Default 65,536: five per relay of a node that serves 10,000, with room to spare. */
  readonly maxWorkers: number;
  /** Hard bound of a worker's queue, in messages; half of it makes senders wait. Default 1,024. */
  readonly maxQueuedMessages: number;
  /** Hard bound of a worker's queue, in bytes; half of it makes senders wait. Default 8 MiB: eight of the largest messages. */
  readonly maxQueuedBytes: number;
  /** Hard bound of all queues together, in bytes. Default 256 MiB. */
  readonly maxQueuedBytesPerNode: number;
  /** Most accepted connections. Default 10,000. */
  readonly maxAcceptedConnections: number;
  /** Most dialled connections, those of transport hops included. Default 1,024. */
  readonly maxDialledConnections: number;
  /** Longest time an arriving connection waits for one congested receiver, in milliseconds. Default 200: see {@link Patience}. */
  readonly congestionPatienceMs: number;
  /** Longest time a dial may take, in milliseconds. Default 30,000: transports give up earlier, this is for those that do not. */
  readonly dialTimeoutMs: number;
  /** Most look-ups of unknown addresses under way. Default 256: one slow directory must not hold much. */
  readonly maxLookups: number;
  /** Most of them begun by messages of one connection. Default 32. */
  readonly maxLookupsPerConnection: number;
  /** Longest time a look-up may take, in milliseconds. Default 1,500: half of what those wait who register. */
  readonly lookupTimeoutMs: number;
  /** How long an address counts as not there after a look-up that found nothing, in milliseconds. Default 2,000. */
  readonly notFoundMs: number;
  /** Upper end of the first random delay before a lost connection is dialled again, in milliseconds. Default 100. */
  readonly redialBaseMs: number;
  /** Upper end of every later delay, in milliseconds. Default 2,000: a relay that was away for long is found again, by both legs of a path, within 3 s. */
  readonly redialCapMs: number;
  /** How long a connection must live before its loss starts again at the base delay, in milliseconds. Default 5,000. */
  readonly redialStableMs: number;
  /** How long an unwatched transport hop that was up is dialled again before it is forgotten, in milliseconds. Default 60,000. */
  readonly unwatchedRedialMs: number;
}

/** The limits of a node that is told nothing else. */
export const defaultNodeLimits: NodeLimits = {
  maxWorkers: 65_536,
  maxQueuedMessages: 1_024,
  maxQueuedBytes: 8_388_608,
  maxQueuedBytesPerNode: 268_435_456,
  maxAcceptedConnections: 10_000,
  maxDialledConnections: 1_024,
  congestionPatienceMs: 200,
  dialTimeoutMs: 30_000,
  maxLookups: 256,
  maxLookupsPerConnection: 32,
  lookupTimeoutMs: 1_500,
  notFoundMs: 2_000,
  redialBaseMs: 100,
  redialCapMs: 2_000,
  redialStableMs: 5_000,
  unwatchedRedialMs: 60_000,
};

/** First bytes of a refused payload that the refusal carries back. 64 hold an id and a number, as in ICMP, and cost nothing. */
export const maxRefusedHeadBytes = 64;
