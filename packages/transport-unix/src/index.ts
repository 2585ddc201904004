export { type UnixCounters, type UnixOptions, type UnixTransport, unix } from "./unix.js";
