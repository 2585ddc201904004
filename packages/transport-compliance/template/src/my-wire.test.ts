import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { describeTransport, pipeDetour } from "@x/transport-compliance";
import { describe, it } from "vitest";
import { myWire } from "./index.js";

/** A path that nobody uses, in the form the system wants. */
function freePath(): string {
  const name = randomUUID().slice(0, 13);
  return process.platform === "win32" ? `\\\\.\\pipe\\${name}` : `${tmpdir()}/${name}.sock`;
}

describeTransport(
  "myWire()",
  () => ({
    // Short, because the suite waits for them.
    create: () => myWire({ handshakeTimeoutMs: 1_000, deadPeerMs: 1_000 }),
    listenWhere: freePath,
    detour: (where) => pipeDetour(where, freePath()),
  }),
  { describe, it },
);
