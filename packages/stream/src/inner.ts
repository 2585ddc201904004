// For those who carry something else than web streams, such as the sockets of a portal: bytes are handed on uncopied, and memory is
// pooled. An opener or acceptor makes a carrier for each stream, and joins it to the local end that you make for it.
export { Draining } from "./ends/draining.js";
export { FairShare } from "./ends/fair-share.js";
export type { Carrier, LocalEnd } from "./ends/local-end.js";
export {
  type Acceptor,
  type AcceptorLimits,
  createAcceptor,
  defaultAcceptorLimits,
  type OpenedStream,
  type StreamAcceptorOptions,
} from "./ends/stream-acceptor.js";
export type { OwnerOf } from "./ends/stream-end.js";
export {
  createOpener,
  defaultOpenerLimits,
  type Opener,
  type OpenerLimits,
  type OpenerState,
  type OpenOptions,
  type StreamOpenerOptions,
} from "./ends/stream-opener.js";
export { defaultMaxStreams } from "./limits.js";
export { defaultStreamSettings, type StreamSettings } from "./machine/stream-settings.js";
export { type ResetReason, reasonOf } from "./protocol/reset-reason.js";
export type { OrderedBytes } from "./receive/receive-buffer.js";
export { type Chunk, ChunkPool } from "./resources/chunk-pool.js";
export { createStreamBudget, type StreamBudget } from "./resources/stream-budget.js";
