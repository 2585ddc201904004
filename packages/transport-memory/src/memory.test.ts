import { describeTransport } from "@x/transport-compliance";
import { describe, it } from "vitest";
import { MemoryNetwork, memory } from "./index.js";

describeTransport(
  "memory()",
  () => {
    const network = new MemoryNetwork();
    return { create: () => memory({ network, closeTimeoutMs: 300 }), listenWhere: () => "" };
  },
  { describe, it },
);

describeTransport(
  "memory({ reliable: false, ordered: false })",
  () => {
    const network = new MemoryNetwork();
    return {
      create: () => memory({ network, reliable: false, ordered: false }),
      listenWhere: () => "",
    };
  },
  { describe, it },
);

describeTransport(
  "memory() with lost, doubled and reordered frames",
  () => {
    const network = new MemoryNetwork({
      conditions: { lossRate: 0.2, duplicateRate: 0.2, reorderRate: 0.2 },
    });
    return {
      create: () => memory({ network, reliable: false, ordered: false }),
      listenWhere: () => "",
    };
  },
  { describe, it },
);

describeTransport(
  "memory() with delay and jitter",
  () => {
    const network = new MemoryNetwork({ conditions: { delayMs: 1, jitterMs: 1 } });
    return { create: () => memory({ network, closeTimeoutMs: 300 }), listenWhere: () => "n2:0" };
  },
  { describe, it },
);
