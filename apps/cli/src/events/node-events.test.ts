import { parseTransportHop } from "@x/core";
import { describe, expect, it } from "vitest";
import {
  createInlet,
  echoServer,
  start,
  startListening,
  to,
  until,
  visit,
} from "../../test-support/runtimes.js";
import type { EventRecord } from "./node-event.js";

type Seen = EventRecord & Readonly<Record<string, unknown>>;

async function eventsOf(node: Awaited<ReturnType<typeof start>>): Promise<readonly Seen[]> {
  return (await node.operations["events.list"]({ after: 0 })).events as readonly Seen[];
}

/** The events of one kind of thing, in few words. */
async function story(node: Awaited<ReturnType<typeof start>>, resource: string): Promise<readonly string[]> {
  const own = (await eventsOf(node)).filter((event) => event.resource === resource);
  return own.map(({ event, change }) => String(change ?? event));
}

describe("the events of a node", { timeout: 60_000 }, () => {
  it("tell of relays, connections, channels, inlets and outlets, with the reason where one is down", async () => {
    const [far, hop] = await startListening("far");
    const near = await start("near");
    await far.operations["tcp-outlet.create"]({ to: await echoServer() });
    await near.operations["relay.create"]({ name: "near", at: to(hop), waitMs: 5000 });
    const { bind_addr } = await createInlet(near, { alias: "web", routes: [to(hop, "outlet")] });
    expect(await visit(bind_addr, "hello")).toBe("hello");
    await until(async () => (await story(near, "tcp-inlet")).includes("visitor-ended"));
    expect(await story(near, "connection")).toEqual(["up"]);
    expect(await story(near, "secure-channel")).toEqual(["up"]);
    expect(await story(near, "relay")).toEqual(["up", "made"]);
    expect(await story(far, "relay")).toEqual(["registered"]);
    expect(await story(far, "tcp-outlet")).toEqual(["made", "visitor-ended"]);

    await far.close();
    await until(async () => (await story(near, "tcp-inlet")).at(-1) === "down");
    await until(async () => (await story(near, "relay")).at(-1) === "down");
    for (const resource of ["relay", "tcp-inlet"]) {
      const down = (await eventsOf(near)).filter(
        (event) => event.resource === resource && event.event === "down",
      );
      expect(down, resource).toMatchObject([{ level: "warn", reason: expect.any(String) }]);
    }
    // It ended in good order, and cannot be opened again for now.
    expect(await eventsOf(near)).toContainEqual(
      expect.objectContaining({ resource: "connection", event: "down", level: "info", remote: hop }),
    );
    const back = await start("far");
    await back.operations["tcp-outlet.create"]({ to: await echoServer() });
    await back.operations["tcp-listener.create"]({ where: parseTransportHop(hop).where });
    await until(async () => (await story(near, "relay")).at(-1) === "back");
    await until(async () => (await story(near, "tcp-inlet")).at(-1) === "back");
    const [inletBack] = (await eventsOf(near)).filter(
      ({ event, name }: Seen) => event === "back" && name === "web",
    );
    expect(inletBack?.down_ms).toBeGreaterThan(0);

    await near.operations["tcp-inlet.delete"]({ name: "web" });
    await near.operations["relay.delete"]({ name: "near" });
    expect((await story(near, "tcp-inlet")).at(-1)).toBe("deleted");
    expect((await story(near, "relay")).at(-1)).toBe("deleted");
    expect((await story(back, "relay")).at(-1)).toBe("released");
  });
});
