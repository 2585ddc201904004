import { describeTransport, udpDetour } from "@x/transport-compliance";
import { describe, it } from "vitest";
import { udp } from "./udp.js";

// Short, because there are cases that wait for them.
const options = { dialTimeoutMs: 1_000, deadPeerMs: 1_000 };

describeTransport(
  "udp()",
  () => ({ create: () => udp(options), listenWhere: () => "127.0.0.1:0", detour: udpDetour }),
  { describe, it },
);
describeTransport(
  "udp() over IPv6",
  () => ({ create: () => udp(options), listenWhere: () => "[::1]:0", detour: udpDetour }),
  { describe, it },
);
describeTransport(
  "udp() with small datagrams",
  () => ({
    create: () => udp({ ...options, datagramBytes: 300 }),
    listenWhere: () => "127.0.0.1:0",
    detour: udpDetour,
  }),
  { describe, it },
);
