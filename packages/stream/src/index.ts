export type { AcceptorLimits } from "./ends/stream-acceptor.js";
export type { StreamSettings } from "./machine/stream-settings.js";
export { createStreamBudget, type StreamBudget } from "./resources/stream-budget.js";
export {
  type AcceptStreamsOptions,
  acceptStreams,
  type StreamHandler,
  type StreamListener,
} from "./web/accept-streams.js";
export type { ByteStream } from "./web/byte-stream.js";
export { type OpenStreamOptions, openStream } from "./web/open-stream.js";
