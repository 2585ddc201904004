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
export { BackOff } from "./back-off.js";
export { type Deferred, deferred } from "./deferred.js";
export {
  CulvertError,
  type CulvertErrorOptions,
  type ErrorCode,
  errorCodes,
  isCulvertError,
  isErrorCode,
} from "./error.js";
export { defineFact, type Fact, type FactKey, type FactOwner } from "./fact.js";
export { Fifo } from "./fifo.js";
export {
  formatHostPort,
  type HostPort,
  type HostPortOptions,
  isHostName,
  parseHostPort,
} from "./host-port.js";
export { ipv6Groups, isIpv4, isIpv6, plainAddress } from "./ip-address.js";
export { maxAddressBytes, maxHopCount, maxPayloadBytes, maxReasonLength, maxRouteHops } from "./limits.js";
export {
  errorField,
  type FieldValue,
  type ForwardOptions,
  type HeaderFields,
  type IncomingMessage,
  type InnerMessage,
  type Message,
  type Origin,
  type OutgoingMessage,
  type Payload,
  type Refusal,
  type Release,
  type ReplyOptions,
} from "./message.js";
export { checkCount, checkLimits, checkMs, maxTimerMs, type NumberRange, optionInvalid } from "./options.js";
export { ownBytes, pinnedBytes } from "./own-bytes.js";
export { cleanPeerText } from "./peer-text.js";
export {
  type RequestManyOptions,
  type RequestOptions,
  refusalError,
  request,
  requestMany,
} from "./request.js";
export { checkRoute, formatRoute, type Route } from "./route.js";
export { placeOf, type SourcePlace } from "./source-place.js";
export {
  askRefusal,
  type Connection,
  type ConnectionHandlers,
  checkFrame,
  type DialOptions,
  type Listener,
  type ListenOptions,
  type Transport,
  type TransportCapabilities,
} from "./transport.js";
export type {
  AccessRule,
  AddressListener,
  AddressResolver,
  AddressState,
  Exposure,
  MessageHandler,
  SharedKey,
  WorkerHandle,
  WorkerHost,
  WorkerOptions,
} from "./worker.js";
