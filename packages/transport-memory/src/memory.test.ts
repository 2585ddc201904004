import { describeTransport, type TransportSubject } from "@x/transport-compliance";
import { describe, it } from "vitest";
import { MemoryNetwork, type MemoryNetworkOptions, type MemoryOptions, memory } from "./index.js";

/** Transports of one network. The times are short, because there are cases that wait for them. */
function subject(
  { conditions = {} }: MemoryNetworkOptions = {},
  options: MemoryOptions = {},
  listenWhere = "",
): TransportSubject {
  const network = new MemoryNetwork({ conditions });
  const times = { closeTimeoutMs: 300, dialTimeoutMs: 300, deadPeerMs: 300 };
  return {
    create: () => memory({ network, ...times, ...options }),
    listenWhere: () => listenWhere,
    detour: async (where) => ({ where, cut: () => network.isolate(where), close: async () => {} }),
  };
}

const unpromising: MemoryOptions = { reliable: false, ordered: false };

describeTransport("memory()", () => subject(), { describe, it });

describeTransport("memory({ reliable: false, ordered: false })", () => subject({}, unpromising), {
  describe,
  it,
});

describeTransport(
  "memory() with lost, doubled and reordered frames",
  () => subject({ conditions: { lossRate: 0.2, duplicateRate: 0.2, reorderRate: 0.2 } }, unpromising),
  { describe, it },
);

describeTransport(
  "memory() with delay and jitter",
  () => subject({ conditions: { delayMs: 1, jitterMs: 1 } }, {}, "n2:0"),
  { describe, it },
);
