// For those who write a plain transport.

// For those who write a connection of their own.
export { type BudgetMember, type BudgetShare, FairBudget } from "./bounds/fair-budget.js";
export { SourceCounter, type SourceLimits, sourceDefaults } from "./bounds/source-counter.js";
export { type DialLimit, givenUp, untilAborted, withinDialLimit } from "./dial-limit.js";
export {
  Pulse,
  type PulseSettings,
  type PulseTarget,
  type PulseTimes,
  pulseTimes,
  tickMsFor,
} from "./life/pulse.js";
export { Ticker, type Ticking } from "./life/ticker.js";
export { maxTimeMs, minDeadPeerMs, minPingIntervalMs } from "./limits.js";
export type { GuestSource } from "./listening/guest-listener.js";
export {
  type ListenerOptions,
  type ListenerSettings,
  listenerDefaults,
  maxSocketsOf,
} from "./listening/listener-settings.js";
export {
  listenForMessages,
  type MessageListenerOptions,
  type MessageListenerSettings,
  openMessages,
} from "./messages/message-listener.js";
export {
  type MessageOptions,
  type MessageSettings,
  messageDefaults,
  messageRanges,
} from "./messages/message-settings.js";
export type { MessageWire } from "./messages/message-wire.js";
export { nextTurn } from "./platform.js";
export { type Ranges, resolveLimits } from "./settings.js";
export type { ByteSink, ByteStream } from "./streams/byte-stream.js";
export { decodeHello, encodeHello, type Hello } from "./streams/hello.js";
export { openStream } from "./streams/open-stream.js";
export {
  listenForStreams,
  type StreamListenerOptions,
  type StreamListenerSettings,
} from "./streams/stream-listener.js";
export {
  type StreamOptions,
  type StreamSettings,
  streamDefaults,
  streamRanges,
} from "./streams/stream-settings.js";
export { newTransportShares, type TransportShares } from "./transport-shares.js";
