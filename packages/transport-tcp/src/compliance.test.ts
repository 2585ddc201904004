import { describeTransport, tcpDetour } from "@x/transport-compliance";
import { describe, it } from "vitest";
import { tcp } from "./tcp.js";

// Short, because there are cases that wait for them.
const options = { closeTimeoutMs: 500, dialTimeoutMs: 1_000, handshakeTimeoutMs: 1_000, deadPeerMs: 1_000 };

for (const reading of ["slab", "events"] as const) {
  describeTransport(
    `tcp({ reading: "${reading}" })`,
    () => ({
      create: () => tcp({ reading, ...options }),
      listenWhere: () => "127.0.0.1:0",
      detour: tcpDetour,
    }),
    { describe, it },
  );
}

describeTransport(
  "tcp() over IPv6",
  () => ({ create: () => tcp(options), listenWhere: () => "[::1]:0", detour: tcpDetour }),
  { describe, it },
);
