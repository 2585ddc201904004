import { describeTransport } from "@x/transport-compliance";
import { describe, it } from "vitest";
import { tcp } from "./tcp.js";

// Closing takes its whole limit where a case has a peer that does not read.
const closeTimeoutMs = 500;

for (const reading of ["slab", "events"] as const) {
  describeTransport(
    `tcp({ reading: "${reading}" })`,
    () => ({ create: () => tcp({ reading, closeTimeoutMs }), listenWhere: () => "127.0.0.1:0" }),
    { describe, it },
  );
}

describeTransport(
  "tcp() over IPv6",
  () => ({ create: () => tcp({ closeTimeoutMs }), listenWhere: () => "[::1]:0" }),
  { describe, it },
);
