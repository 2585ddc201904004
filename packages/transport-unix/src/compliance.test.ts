import { describeTransport, pipeDetour } from "@x/transport-compliance";
import { describe, it } from "vitest";
import { freePath } from "./test-paths.js";
import { unix } from "./unix.js";

describeTransport(
  "unix()",
  () => ({
    // Short, because there are cases that wait for them.
    create: () =>
      unix({ closeTimeoutMs: 500, dialTimeoutMs: 1_000, handshakeTimeoutMs: 1_000, deadPeerMs: 1_000 }),
    listenWhere: freePath,
    malformedWheres: ["\u0000", "/run/\u0000", "run/x.sock", "/run/x y.sock", `/${"x".repeat(103)}`],
    detour: (where) => pipeDetour(where, freePath()),
  }),
  { describe, it },
);
