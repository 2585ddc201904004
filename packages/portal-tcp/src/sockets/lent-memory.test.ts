import type { OutgoingMessage, Release, WorkerHost } from "@x/core";
import { afterEach, describe, expect, it } from "vitest";
import { startInlet } from "../inlet.js";
import { startOutlet } from "../outlet.js";
import { startChain } from "../testing/chains.js";
import { afterTest, cleanUp } from "../testing/cleanups.js";
import { readToEnd, serveTarget, someBytes, until, visit } from "../testing/sockets.js";

afterEach(cleanUp);

interface Lent {
  readonly parts: readonly Uint8Array[];
  readonly was: Buffer;
  readonly release: Release | undefined;
}

/** A host whose messages arrive at once, while what was sent still waits in some queue: as retransmissions do in a slow one. */
function queueing(host: WorkerHost): { host: WorkerHost; lent: Lent[] } {
  const lent: Lent[] = [];
  const send = (message: OutgoingMessage): Promise<void> | undefined => {
    const { payload, release, ...rest } = message;
    const parts = Array.isArray(payload) ? (payload as Uint8Array[]) : [payload as Uint8Array];
    const was = Buffer.concat(parts);
    if (was.length > 100_000) lent.push({ parts, was, release });
    return host.send({ ...rest, payload: Buffer.from(was) });
  };
  const queued: WorkerHost = {
    isOwn: host.isOwn,
    send,
    startWorker: (handler, options) => host.startWorker(handler, options),
    watch: (address, listener) => host.watch(address, listener),
    addResolver: (prefix, resolve) => host.addResolver(prefix, resolve),
    shared: (key) => host.shared(key),
  };
  return { host: queued, lent };
}

describe("what a portal sends", () => {
  it("stays as it is until it is released, however early it is acknowledged", async () => {
    const chain = await startChain();
    const { where } = await serveTarget((socket) => socket.resume().once("end", () => socket.end()));
    const outlet = startOutlet(chain.far, { target: where });
    afterTest(() => outlet.close());
    const { host, lent } = queueing(chain.near);
    const inlet = await startInlet(host, { listen: "127.0.0.1:0", routes: [[...chain.route, "outlet"]] });
    afterTest(() => inlet.close());
    await until(() => inlet.state === "up", "the route");
    const visitor = visit(inlet.where);
    visitor.end(someBytes(40_000_000));
    expect((await readToEnd(visitor)).how).toBe("ended");
    expect(lent.length).toBeGreaterThan(40);
    const changed = lent.filter(({ parts, was }) => !Buffer.concat(parts).equals(was));
    expect(changed).toHaveLength(0);
    // And most of it is memory that goes round once it is released.
    expect(lent.filter(({ release }) => release !== undefined).length).toBeGreaterThan(20);
  });
});
