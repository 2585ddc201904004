import { count, onOff } from "../../registry/kinds.js";
import { optional } from "../../registry/option.js";

/** How an inlet or outlet treats its local sockets. What is absent is as `@x/portal-tcp` has it. */
export const socketOptions = [
  optional("maxStreams", count, "--max-connections <number>", "Most connections at a time"),
  optional("noDelay", onOff, "--tcp-no-delay <on|off>", "Send small writes at once (default: on)"),
  optional(
    "keepAlive",
    onOff,
    "--tcp-keep-alive <on|off>",
    "Let the system find out that the other side is gone (default: on)",
  ),
] as const;
