// For those who write directories, and other relay services and clients.
export { type ClaimResult, memoryDirectory, type NameClaim, type RelayDirectory } from "./directory.js";
export { decodeLeavingNotice, encodeLeavingNotice, type LeavingNotice } from "./leaving-notice.js";
export { defaultRelayLimits, type RelayLimits } from "./limits.js";
export type { NameStore, SavedName } from "./name-store.js";
export type { RelayChange } from "./registry.js";
export type { RelayClient, RelayClientOptions } from "./relay-client.js";
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
} from "./relay-message.js";
export { checkRelayName, isRelayName, relayAddress } from "./relay-name.js";
export type { RelayRegistration } from "./relay-worker.js";
export {
  type RelayReport,
  type RelayService,
  type RelayServiceOptions,
  startRelayService,
} from "./service.js";
export { startRelayClient } from "./start-relay-client.js";
export { generateToken, type RelayToken } from "./token.js";
