// For those who write directories, and other relay services and clients.

export type { RelayClient, RelayClientOptions } from "./client/relay-client.js";
export { startRelayClient } from "./client/start-relay-client.js";
export { defaultRelayLimits, type RelayLimits } from "./limits.js";
export {
  type ClaimResult,
  isSameOwner,
  memoryDirectory,
  type NameClaim,
  type RelayDirectory,
} from "./names/directory.js";
export type { NameStore, SavedName } from "./names/name-store.js";
export { checkRelayName, isRelayName, relayAddress } from "./names/relay-name.js";
export { generateToken, type RelayToken } from "./names/token.js";
export { decodeLeavingNotice, encodeLeavingNotice, type LeavingNotice } from "./protocol/leaving-notice.js";
export {
  decodeRelayReply,
  decodeRelayRequest,
  encodeRelayReply,
  encodeRelayRequest,
  type RegisterRequest,
  type RelayReply,
  type RelayRequest,
  type ReleaseRequest,
  type RequestOrder,
  relayProtocolVersion,
} from "./protocol/relay-message.js";
export type { RelayChange } from "./service/registry.js";
export type { RelayRegistration } from "./service/relay-worker.js";
export {
  type RelayReport,
  type RelayService,
  type RelayServiceOptions,
  startRelayService,
} from "./service/service.js";
