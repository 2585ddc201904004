import { parseTransportHop } from "@x/core";
import { describe, expect, it } from "vitest";
import {
  createInlet,
  echoServer,
  registry,
  start,
  startListening,
  to,
  until,
  visit,
} from "../../test-support/runtimes.js";
import { type InletView, tcpInlet } from "../resources/tcp-inlet.js";
import type { HealthView } from "../resources/views/health.js";

const isoTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const healthy = { attempts: 0, next_attempt_at: null, since: expect.stringMatching(isoTime) };

/** Up, then with attempts and a plan while down, then up again since later. */
async function follow(
  read: () => Promise<HealthView & { readonly state: string }>,
  far: FarEnd,
): Promise<void> {
  await until(async () => (await read()).state === "Up");
  const before = await read();
  expect(before).toMatchObject(healthy);
  await far.stop();
  await until(async () => (await read()).attempts > 1);
  const down = await read();
  expect(down.state).toBe("Down");
  expect(Date.parse(down.since)).toBeGreaterThan(Date.parse(before.since));
  await until(async () => (await read()).next_attempt_at !== null);
  await far.start();
  await until(async () => (await read()).state === "Up");
  const after = await read();
  expect(after).toMatchObject(healthy);
  expect(Date.parse(after.since)).toBeGreaterThan(Date.parse(down.since));
}

interface FarEnd {
  readonly hop: string;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** A node with an outlet that can be stopped and started at the same place. */
async function farEnd(): Promise<FarEnd> {
  const [first, hop] = await startListening("far");
  const target = await echoServer();
  await first.operations["tcp-outlet.create"]({ to: target });
  let current = first;
  return {
    hop,
    stop: () => current.close(),
    async start() {
      current = await start("far");
      await current.operations["tcp-outlet.create"]({ to: target });
      await current.operations["tcp-listener.create"]({ where: parseTransportHop(hop).where });
    },
  };
}

describe("list and show", { timeout: 60_000 }, () => {
  it("tell since when a connection is up or down, and of attempts to get it back", async () => {
    const far = await farEnd();
    const near = await start("near");
    const kind = await registry.resource("tcp-connection");
    const { address } = await near.operations["tcp-connection.create"]({
      to: parseTransportHop(far.hop).where,
    });
    await follow(async () => {
      const view = await near.operations["tcp-connection.show"]({ name: address });
      const [listed] = await near.operations["tcp-connection.list"]({});
      expect([...Object.keys(listed ?? {}), "settings"]).toEqual(Object.keys(view));
      if (view.status === "Down") expect(kind?.block(view).fields).toMatchObject({ since: view.since });
      return { ...view, state: view.status };
    }, far);
  });

  it("tell the same of a relay, on the side of its client", async () => {
    const far = await farEnd();
    const near = await start("near");
    await near.operations["relay.create"]({ name: "near", at: to(far.hop), waitMs: 5000 });
    await follow(async () => {
      const [view] = await near.operations["relay.list"]({});
      if (view === undefined) throw new Error("the relay is gone");
      const detail = await near.operations["relay.show"]({ name: "near" });
      expect(detail).toHaveProperty("since");
      expect(detail).toHaveProperty("next_attempt_at");
      return { ...view, state: view.connection_status };
    }, far);
  });

  it("tell the same of an inlet, and why it is down as of now", async () => {
    const far = await farEnd();
    const near = await start("near");
    await createInlet(near, { alias: "web", routes: [to(far.hop, "outlet")] });
    await follow(async () => {
      const [view] = await near.operations["tcp-inlet.list"]({});
      if (view === undefined) throw new Error("the inlet is gone");
      if (view.status === "Down") {
        expect(view.last_failure).not.toBeNull();
        expect(Date.parse(view.last_failure_at ?? "")).toBeGreaterThan(Date.now() - 60_000);
        expect(tcpInlet.block(view).fields).toMatchObject({ since: view.since });
      }
      return { ...view, state: view.status };
    }, far);
  });

  it("tell when an inlet failed its last visitor, also once it recovered", async () => {
    const near = await start("near");
    await near.operations["tcp-outlet.create"]({ to: "127.0.0.1:1" });
    const { bind_addr } = await createInlet(near, { alias: "web", routes: [to("outlet")] });
    const before = Date.now();
    await expect(visit(bind_addr, "hello")).rejects.toThrow("ECONNRESET");
    await near.operations["tcp-outlet.delete"]({ name: "outlet" });
    await near.operations["tcp-outlet.create"]({ to: await echoServer() });
    await expect.poll(() => visit(bind_addr, "hello").catch(() => ""), { timeout: 10_000 }).toBe("hello");
    const show = (): Promise<InletView> => near.operations["tcp-inlet.show"]({ name: "web" });
    await until(async () => (await show()).status === "Up");
    const view = await show();
    expect(view).toMatchObject({ status: "Up", last_failure: expect.stringMatching(/^[A-Z_]+: /) });
    expect(Date.parse(view.last_failure_at ?? "")).toBeGreaterThanOrEqual(before);
    expect(tcpInlet.block(view).fields).toMatchObject({ "failed at": view.last_failure_at });
  });

  it("tell since when a relay is there, on the side that hosts it", async () => {
    const [relay, hop] = await startListening("relay");
    const home = await start("home");
    await home.operations["relay.create"]({ name: "home", at: to(hop), waitMs: 5000 });
    expect(await relay.operations["relay.list"]({})).toMatchObject([{ connection_status: "Up", ...healthy }]);
  });
});
