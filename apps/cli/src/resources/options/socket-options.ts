import { count, onOff } from "../../registry/kinds.js";
import { option } from "../../registry/option.js";

/** How an inlet or outlet treats its local sockets. What is absent is as `@x/portal-tcp` has it. */
export const socketOptions = [
  option("maxStreams", count, {
    flags: "--max-connections <number>",
    description: "Most connections at a time; the limit of the node when left out",
  }),
  option("noDelay", onOff, {
    flags: "--tcp-no-delay <on|off>",
    description: "Send small writes at once (default: on)",
  }),
  option("keepAlive", onOff, {
    flags: "--tcp-keep-alive <on|off>",
    description: "Let the system find out that the other side is gone (default: on)",
  }),
] as const;
