// For those who carry something else than web streams, such as the sockets of a portal: bytes are handed on uncopied, and memory is
// pooled. A `StreamOpener` or `StreamAcceptor` makes a `CarriedStream` and joins it to your `LocalEnd`.
export { CarriedStream, type CarriedStreamOptions, type StreamPath } from "./ends/carried-stream.js";
export { Draining } from "./ends/draining.js";
export type { LocalEnd } from "./ends/local-end.js";
export {
  type AcceptorLimits,
  defaultAcceptorLimits,
  type OpenedStream,
  StreamAcceptor,
  type StreamAcceptorOptions,
} from "./ends/stream-acceptor.js";
export {
  defaultOpenerLimits,
  type OpenerLimits,
  type OpenOptions,
  StreamOpener,
  type StreamOpenerOptions,
} from "./ends/stream-opener.js";
export { defaultMaxStreams } from "./limits.js";
export { defaultStreamSettings } from "./machine/stream-settings.js";
export { type ResetReason, reasonOf } from "./protocol/reset-reason.js";
export type { OrderedBytes } from "./receive/receive-buffer.js";
export { type Chunk, ChunkPool } from "./resources/chunk-pool.js";
