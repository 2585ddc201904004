export { type AddressRace, raceAddresses } from "./sockets/address-race.js";
export { dialHost, dialTcp, isSelfConnected, untilConnected } from "./sockets/dial-host.js";
export { type Bound, type BoundHost, bindAll, listenOnHost } from "./sockets/listen-host.js";
export { listenTcp, type TcpListening } from "./sockets/listen-tcp.js";
export { type LookUpWays, NameLookUps, nameLookUps } from "./sockets/name-look-ups.js";
export { SocketSource } from "./sockets/socket-source.js";
export { type Reading, type SocketNames, SocketStream } from "./sockets/socket-stream.js";
export { dialError, listenError, systemCode, systemError } from "./sockets/system-error.js";
