// For those who write transports, nodes and features.
export {
  type Address,
  checkAddress,
  generateAddress,
  isAddress,
  isTransportHop,
  parseTransportHop,
  type TransportHop,
  transportHop,
} from "./address.js";
export {
  CulvertError,
  type CulvertErrorOptions,
  type ErrorCode,
  errorCodes,
  isCulvertError,
  isErrorCode,
} from "./error.js";
export { maxAddressBytes, maxHopCount, maxPayloadBytes, maxReasonLength, maxRouteHops } from "./limits.js";
export type {
  FieldValue,
  HeaderFields,
  LocalInfo,
  Message,
  OutgoingMessage,
  Refusal,
  Release,
} from "./message.js";
export { checkCount, checkLimits, checkMs, maxTimerMs, type NumberRange, optionInvalid } from "./options.js";
export { ownBytes, pinnedBytes } from "./own-bytes.js";
export { type RequestOptions, refusalError, request } from "./request.js";
export { checkRoute, formatRoute, type Route } from "./route.js";
export type {
  Connection,
  ConnectionHandlers,
  DialOptions,
  Listener,
  ListenOptions,
  Transport,
  TransportCapabilities,
} from "./transport.js";
export type {
  AddressState,
  Exposure,
  MessageHandler,
  WorkerHandle,
  WorkerHost,
  WorkerOptions,
} from "./worker.js";
