import { createIdentity, exportIdentity, importIdentity, issueCredential, memoryVault } from "@x/identity";
import { describe, expect, it } from "vitest";
import {
  createInlet,
  echoServer,
  registry,
  send,
  start,
  startListening,
  stored,
  type TestedRuntime,
  to,
  until,
  visit,
} from "../../../test-support/runtimes.js";
import { operation } from "../../../test-support/untyped-operation.js";
import { createNodeRuntime } from "../node-runtime.js";
import { type IdentitySource, memoryIdentities } from "./identity-source.js";

const timeout = 30_000;

/** A relay in the middle, a private node behind it, and one that reaches it; each has identities of its own. */
async function chain() {
  const [, relay] = await startListening("n2");
  const home = memoryIdentities();
  const n3 = await start("n3", { trust: { identities: home } });
  await n3.operations["relay.create"]({ name: "n3", at: to(relay), waitMs: 5_000 });
  return { n3, home, relay, way: [relay, "forward_to_n3"] };
}

async function identifierOf(source: IdentitySource): Promise<string> {
  return (await source.use()).identifier;
}

interface ChannelShow {
  readonly address: string;
  readonly identifier: string;
  readonly status: string;
  readonly last_failure: string | null;
}

const openChannel = (runtime: TestedRuntime, hops: readonly string[], more: object = {}) =>
  operation(
    runtime,
    "secure-channel.create",
  )({ to: to(...hops), waitMs: 5_000, ...more }) as Promise<ChannelShow>;

describe("a route with /secure", { timeout }, () => {
  it("leads messages and portals through a channel that all share, behind a relay", async () => {
    const { n3, way } = await chain();
    const n1 = await start("n1");
    expect(await send(n1, [...way, "secure#api", "uppercase"])).toBe("HELLO");
    await n3.operations["tcp-outlet.create"]({ to: await echoServer() });
    const inlet = await createInlet(n1, { alias: "web", routes: [to(...way, "secure#api", "outlet")] });
    expect(inlet.status).toBe("Up");
    expect(await visit(inlet.bind_addr, "there and back")).toBe("there and back");
    expect(await operation(n1, "secure-channel.list")({})).toHaveLength(1);
    expect(await operation(n3, "secure-channel-listener.show")({ name: "api" })).toMatchObject({
      channels: 1,
    });
    // A message holds what it opened for a while, an inlet for its life.
    const [channel] = (await operation(n1, "secure-channel.list")({})) as readonly ChannelShow[];
    await expect(operation(n1, "secure-channel.delete")({ name: channel?.address })).rejects.toMatchObject({
      code: "RESOURCE_IN_USE",
    });
  });

  it("is traced hop by hop, through the channel", async () => {
    const { way } = await chain();
    const n1 = await start("n1");
    const trace = (route: readonly string[]) => n1.operations["route.trace"]({ route, timeoutMs: 5_000 });
    const found = await trace([...way, "secure#api", "uppercase"]);
    expect(found.hops.map(({ status }) => status)).toEqual(["ok", "ok", "ok", "present"]);
    const lost = await trace([...way, "secure#nope", "uppercase"]);
    expect(lost.hops.map(({ status }) => status)).toEqual(["ok", "ok", "failed", "unknown"]);
    expect(lost.failure).toMatchObject({ code: "WORKER_NOT_FOUND" });
    const inside = await trace([...way, "secure#api", "nope"]);
    expect(inside.hops.map(({ status }) => status)).toEqual(["ok", "ok", "ok", "failed"]);
  });

  it("says why there is no channel, at once", async () => {
    const { way } = await chain();
    const n1 = await start("n1");
    await expect(send(n1, [...way, "secure#nope", "uppercase"])).rejects.toMatchObject({
      code: "WORKER_NOT_FOUND",
      hop: "secure#nope",
    });
    await expect(send(n1, ["tcp#127.0.0.1:1", "secure#api", "uppercase"])).rejects.toMatchObject({
      code: "CONNECTION_REFUSED",
    });
  });
});

describe("secure-channel", { timeout }, () => {
  it("is made, shown, deleted, and made again under the same address when the node starts again", async () => {
    const { home, way } = await chain();
    const first = await start("n1");
    const made = await openChannel(first, [...way, "api"]);
    expect(made).toMatchObject({ identifier: await identifierOf(home), status: "Up", last_failure: null });
    const address = made.address.replace("/service/", "");
    expect(await send(first, [address, "uppercase"])).toBe("HELLO");
    const spec = await stored(first);
    await first.close();
    const again = await start("n1", { spec });
    await until(async () => {
      const shown = (await operation(again, "secure-channel.show")({ name: made.address })) as ChannelShow;
      return shown.status === "Up";
    });
    expect(await send(again, [address, "uppercase"])).toBe("HELLO");
    await operation(again, "secure-channel.delete")({ name: made.address });
    expect(await operation(again, "secure-channel.list")({})).toEqual([]);
  });

  it("is refused at once by an end that wants others, and leaves nothing", async () => {
    const { n3, home, way } = await chain();
    const identities = memoryIdentities();
    const n1 = await start("n1", { trust: { identities } });
    const [own, theirs] = [await identifierOf(identities), await identifierOf(home)];
    await operation(n3, "secure-channel-listener.create")({ address: "gate", authorized: [theirs] });
    const gate = [...way, "gate"];
    await expect(openChannel(n1, gate)).rejects.toMatchObject({ code: "CHANNEL_REFUSED" });
    await expect(openChannel(n1, [...way, "api"], { authorized: [own] })).rejects.toMatchObject({
      code: "CHANNEL_REFUSED",
    });
    expect(await operation(n1, "secure-channel.list")({})).toEqual([]);
    await operation(n3, "secure-channel-listener.delete")({ name: "gate" });
    await operation(n3, "secure-channel-listener.create")({ address: "gate", authorized: [own] });
    expect(await openChannel(n1, gate, { authorized: [theirs] })).toMatchObject({ status: "Up" });
    await expect(operation(n3, "secure-channel-listener.delete")({ name: "api" })).rejects.toMatchObject({
      code: "RESOURCE_IN_USE",
    });
  });

  it("accepts at a route whom it met there first, says so once, and nobody else from then on", async () => {
    const [n2, hop] = await startListening("n2");
    const identities = memoryIdentities();
    const n1 = await start("n1", { trust: { identities } });
    const notes: string[] = [];
    const ask = () =>
      operation(n1, "message.send")(
        { route: [hop, "secure#api", "uppercase"], payload: "aGk=", timeoutMs: 5_000 },
        { note: (text: string) => notes.push(text) },
      );
    await ask();
    await ask();
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(
      /^Met I[0-9a-f]{64} at \/ip4\/127\.0\.0\.1\/tcp\/\d+\/secure\/api for the first time/,
    );
    expect(notes[0]).toContain(await identities.remembered(`${hop}/secure#api`));
    // Another node takes the place of the first one.
    await n2.close();
    const other = await start("other");
    await other.operations["tcp-listener.create"]({ where: hop.replace("tcp#", "") });
    const again = await start("n1 again", { trust: { identities } });
    await expect(send(again, [hop, "secure#api", "uppercase"])).rejects.toMatchObject({
      code: "IDENTITY_CHANGED",
      hop: "secure#api",
    });
  });

  it("accepts members of its authority alone, where it has one", async () => {
    const vault = memoryVault();
    const [authority, member] = [await createIdentity(vault), await createIdentity(vault)];
    const believed = await importIdentity(exportIdentity(authority));
    const stranger = memoryIdentities();
    const members: IdentitySource = {
      ...memoryIdentities(),
      use: async () => member,
      credentials: async () => [await issueCredential(authority, member.identifier, {})],
    };
    const [, hop] = await startListening("n2", { trust: { identities: members, authority: believed } });
    const n1 = await start("n1", { trust: { identities: members, authority: believed } });
    expect(await openChannel(n1, [hop, "api"])).toMatchObject({ status: "Up" });
    const outsider = await start("outsider", { trust: { identities: stranger } });
    const reason = expect.stringContaining("no valid credential of the authority");
    await expect(openChannel(outsider, [hop, "api"])).rejects.toMatchObject({
      code: "CHANNEL_REFUSED",
      message: reason,
    });
    const [, open] = await startListening("open");
    await expect(openChannel(n1, [open, "api"])).rejects.toMatchObject({
      code: "CHANNEL_REFUSED",
      message: reason,
    });
  });

  it("is not taken by a node that is there for a command alone", async () => {
    await using runtime = await createNodeRuntime({ name: "temporary", registry, channelListener: false });
    expect(await runtime.operations["secure-channel-listener.list"]?.({})).toEqual([]);
    expect((await runtime.operations["node.show"]({})).identifier).toBeNull();
  });
});
