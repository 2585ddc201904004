import { createIdentity, exportIdentity, importIdentity, issueCredential, memoryVault } from "@x/identity";
import { describe, expect, it } from "vitest";
import {
  createInlet,
  echoServer,
  send,
  start,
  startListening,
  stored,
  to,
  until,
  visit,
} from "../../../test-support/runtimes.js";
import { operation } from "../../../test-support/untyped-operation.js";
import { type IdentitySource, memoryIdentities } from "./identity-source.js";

const timeout = 30_000;
const denied = { code: "ACCESS_DENIED" };

interface Logged {
  readonly fields: object;
  readonly message: string;
}

function logging() {
  const lines: Logged[] = [];
  const write = (fields: object, message: string): void => void lines.push({ fields, message });
  return { lines, log: { debug: () => {}, info: () => {}, warn: write, error: write } };
}

async function identifierOf(source: IdentitySource): Promise<string> {
  return (await source.use()).identifier;
}

/** A node with an outlet, and the way to it. */
async function guarded(params: object = {}) {
  const { lines, log } = logging();
  const [far, hop] = await startListening("far", { log });
  await operation(far, "tcp-outlet.create")({ to: await echoServer(), ...params });
  return { far, hop, lines, sealed: [hop, "secure#api"] };
}

describe("a policy", { timeout }, () => {
  it("lets in whom it names, through a channel, and nobody else, and says so in the log with the identifier", async () => {
    const { far, hop, lines, sealed } = await guarded();
    const identities = memoryIdentities();
    const [n1, other] = [await start("n1", { trust: { identities } }), await start("other")];
    const expression = `(= subject.identifier "${await identifierOf(identities)}")`;
    await operation(far, "policy.create")({ resource: "outlet", expression });
    const inlet = (node: typeof n1, alias: string, ...hops: string[]) =>
      createInlet(node, { alias, routes: [to(...hops)], waitMs: 2_000 });
    const open = await inlet(n1, "open", ...sealed, "outlet");
    expect(await visit(open.bind_addr, "hello")).toBe("hello");
    const strange = await inlet(other, "strange", ...sealed, "outlet");
    const bare = await inlet(n1, "bare", hop, "outlet");
    for (const { status, last_failure } of [strange, bare]) {
      expect([status, last_failure]).toEqual(["Down", expect.stringContaining("ACCESS_DENIED")]);
    }
    expect(lines.map(({ fields }) => fields)).toContainEqual(
      expect.objectContaining({ code: "ACCESS_DENIED", resource: "outlet" }),
    );
  });

  it("is about a resource, else about its type, and counts from the next message on", async () => {
    const { far, sealed } = await guarded();
    const n1 = await start("n1");
    await operation(n1, "tcp-outlet.list")({});
    const ask = () => send(n1, [...sealed, "uppercase"]);
    expect(await ask()).toBe("HELLO");
    await operation(far, "policy.create")({ resource: "service", expression: "admin" });
    expect(await operation(far, "policy.show")({ name: "service" })).toMatchObject({
      name: "service",
      resource: null,
      resource_type: "service",
      expression: "admin",
    });
    await expect(ask()).rejects.toMatchObject(denied);
    await operation(
      far,
      "policy.create",
    )({
      resource: "uppercase",
      expression: '(not (= subject.identifier "I"))',
    });
    expect(await ask()).toBe("HELLO");
    await operation(far, "policy.delete")({ name: "uppercase" });
    await expect(ask()).rejects.toMatchObject(denied);
    await operation(far, "policy.delete")({ name: "service" });
    expect(await ask()).toBe("HELLO");
  });

  it("is there again before what it guards when the node starts again", async () => {
    const { far } = await guarded({ allow: '(= subject.role "web")' });
    await operation(far, "policy.create")({ resourceType: "relay", expression: '(= subject.role "home")' });
    const spec = await stored(far);
    await far.close();
    const again = await start("far", { spec });
    expect(await operation(again, "policy.list")({})).toMatchObject([{ name: "relay" }]);
    expect(again.spec().resources["tcp-outlet"]).toMatchObject([{ allow: '(= subject.role "web")' }]);
  });

  it("of an inlet says who may be at the outlet's end", async () => {
    const { hop, sealed } = await guarded();
    const n1 = await start("n1");
    const stranger = await createInlet(n1, {
      alias: "a",
      routes: [to(hop, "outlet")],
      allow: '(not (= subject.identifier "I"))',
      waitMs: 2_000,
    });
    expect([stranger.status, stranger.last_failure]).toEqual([
      "Down",
      expect.stringContaining("ACCESS_DENIED"),
    ]);
    const known = await createInlet(n1, {
      alias: "b",
      routes: [to(...sealed, "outlet")],
      allow: '(not (= subject.identifier "I"))',
    });
    expect(known.status).toBe("Up");
    expect(await visit(known.bind_addr, "hello")).toBe("hello");
  });

  it("about relays says who may register", async () => {
    const [far, hop] = await startListening("far");
    const identities = memoryIdentities();
    const n1 = await start("n1", { trust: { identities } });
    const expression = `(= subject.identifier "${await identifierOf(identities)}")`;
    await operation(far, "policy.create")({ resource: "relay", expression });
    const register = (node: typeof n1, ...hops: string[]) =>
      operation(node, "relay.create")({ name: "n1", at: to(...hops), waitMs: 3_000 }) as Promise<{
        connection_status: string;
        last_failure: string | null;
      }>;
    expect(await register(await start("other"), hop, "secure#api")).toMatchObject({
      connection_status: "Down",
      last_failure: expect.stringContaining("ACCESS_DENIED"),
    });
    expect(await register(n1, hop, "secure#api")).toMatchObject({ connection_status: "Up" });
    const [visitor] = [await start("visitor")];
    expect(await send(visitor, [hop, "forward_to_n1", "secure#api", "uppercase"])).toBe("HELLO");
    expect(await send(visitor, [hop, "forward_to_n1", "uppercase"])).toBe("HELLO");
  });
});

describe("a node with an authority", { timeout }, () => {
  it("lets in its members alone, and only as long as their credential holds", async () => {
    const vault = memoryVault();
    const [authority, member] = [await createIdentity(vault), await createIdentity(vault)];
    const believed = await importIdentity(exportIdentity(authority));
    let lifetimeMs = 60_000;
    const attributes = { role: "web" };
    const members: IdentitySource = {
      ...memoryIdentities(),
      use: async () => member,
      credentials: async () => [
        await issueCredential(authority, member.identifier, { attributes, lifetimeMs }),
      ],
    };
    const trust = { identities: members, authority: believed };
    const [far, hop] = await startListening("far", { trust });
    const n1 = await start("n1", { trust });
    await expect(send(n1, [hop, "uppercase"])).rejects.toMatchObject(denied);
    expect(await send(n1, [hop, "secure#api", "uppercase"])).toBe("HELLO");
    await operation(far, "policy.create")({ resource: "echo", expression: '(= subject.role "db")' });
    await expect(send(n1, [hop, "secure#api", "echo"])).rejects.toMatchObject(denied);
    lifetimeMs = 2_000;
    const again = await start("n1 again", { trust });
    expect(await send(again, [hop, "secure#api", "uppercase"])).toBe("HELLO");
    lifetimeMs = 1;
    await until(async () => {
      const answer = await send(again, [hop, "secure#api", "uppercase"]).catch(
        (error: { code: string }) => error,
      );
      return answer !== "HELLO";
    });
  });
});
