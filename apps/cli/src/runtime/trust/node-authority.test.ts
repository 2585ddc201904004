import { once } from "node:events";
import { connect } from "node:net";
import type { Route } from "@x/core";
import { createIdentity, memoryVault, type OwnIdentity, verifyCredential } from "@x/identity";
import { afterEach, describe, expect, it } from "vitest";
import {
  createInlet,
  echoServer,
  send,
  start,
  startListening,
  type TestedRuntime,
  to,
  until,
} from "../../../test-support/runtimes.js";
import { temporaryFolder } from "../../../test-support/temporary-folder.js";
import { askAuthority } from "../../authority/ask-authority.js";
import type { AuthorityState, AuthorityStore } from "../../authority/members.js";
import { Renewals } from "../../authority/renewals.js";
import { HomeIdentities } from "../../identities/home-identities.js";
import { parseHostPort } from "../../syntax/host-port.js";
import { silentLog } from "../runtime-log.js";
import { homeIdentitySource } from "./home-identity-source.js";
import type { TicketParams } from "./node-authority.js";

const timeout = 30_000;

const code = (expected: string): object => expect.objectContaining({ code: expected });
const renewals: Renewals[] = [];

afterEach(async () => {
  for (const each of renewals.splice(0)) await each.close();
});

function memoryStore(): AuthorityStore {
  let kept: AuthorityState | undefined;
  return {
    load: () => kept,
    async save(state) {
      kept = state;
    },
  };
}

/** An authority that listens, and what there is to ask it. */
async function authority(credentialMs = 60_000, trusted: Record<string, Record<string, string>> = {}) {
  const [runtime, address] = await startListening("authority", {
    authority: { credentialMs, trusted, store: memoryStore() },
  });
  const { identifier } = await runtime.operations["node.show"]({}).then(
    (view) => view as unknown as { identifier: string },
  );
  const routes: Route[] = [[address, "api"]];
  return { runtime, address, identifier, routes };
}

async function ticket(runtime: TestedRuntime, more: Partial<TicketParams> = {}): Promise<string> {
  const params = { attributes: { role: "web" }, usageCount: 1, lifetimeMs: 60_000, ...more };
  return (await runtime.operations["ticket.create"](params)).secret;
}

const newIdentity = (): Promise<OwnIdentity> => createIdentity(memoryVault());

describe("a node that is an authority", { timeout }, () => {
  it("makes members of those who come with a ticket, and renews their credentials", async () => {
    const { runtime, identifier, routes } = await authority();
    const secret = await ticket(runtime);
    const member = await start("member");
    const identity = await newIdentity();
    const whom = { authority: identifier, routes, identity };
    const ask = (request: Parameters<typeof askAuthority>[1]["request"], more: object = {}) =>
      askAuthority(member.node, { ...whom, request, ...more });
    await expect(ask({ version: 1, type: "renew" })).rejects.toThrow(code("MEMBER_UNKNOWN"));
    const enrolled = await ask({ version: 1, type: "enroll", secret });
    expect(enrolled).toMatchObject({
      credential: { issuer: identifier, subject: identity.identifier, attributes: { role: "web" } },
      authority: { identifier },
      isFirst: true,
    });
    const { notBeforeMs, expiresAtMs, bytes } = enrolled.credential;
    expect(expiresAtMs - notBeforeMs).toBe(60_000);
    await verifyCredential(bytes, { issuers: [identifier], subject: identity.identifier });
    const renewed = await ask({ version: 1, type: "renew" });
    expect(renewed.credential.notBeforeMs).toBeGreaterThanOrEqual(notBeforeMs);
    const other = { identity: await newIdentity() };
    await expect(ask({ version: 1, type: "enroll", secret }, other)).rejects.toThrow(code("TICKET_REFUSED"));
    const wrong = { version: 1, type: "enroll", secret: "00".repeat(16) } as const;
    await expect(ask(wrong, other)).rejects.toThrow(code("TICKET_REFUSED"));
    expect(runtime.limitUse().refused.get("TICKET_REFUSED")).toBe(2);
  });

  it("is found along the first route that leads to it, and by nobody who expects another one", async () => {
    const { identifier, address } = await authority();
    const member = await start("member");
    const [, elsewhere] = await startListening("n2");
    const question = { identity: await newIdentity(), request: { version: 1, type: "renew" } as const };
    const routes: Route[] = [
      ["tcp#127.0.0.1:1", "api"],
      [elsewhere, "api"],
      [address, "api"],
    ];
    const asked = askAuthority(member.node, { ...question, authority: identifier, routes });
    // The right one said so.
    await expect(asked).rejects.toThrow(code("MEMBER_UNKNOWN"));
    const stranger = (await newIdentity()).identifier;
    const misled = askAuthority(member.node, {
      ...question,
      authority: stranger,
      routes: [[address, "api"]],
    });
    await expect(misled).rejects.toThrow(code("CHANNEL_REFUSED"));
  });

  it("answers nobody outside a channel", async () => {
    const { address } = await authority();
    const member = await start("member");
    await expect(send(member, [address, "authority"], '{"version":1,"type":"renew"}')).rejects.toThrow(
      code("ACCESS_DENIED"),
    );
  });

  it("has members that its operator named, and no tickets for what no credential can say", async () => {
    const identity = await newIdentity();
    const { runtime, identifier, routes } = await authority(60_000, {
      [identity.identifier]: { role: "admin" },
    });
    const member = await start("member");
    const whom = { authority: identifier, routes, identity };
    const { credential } = await askAuthority(member.node, {
      ...whom,
      request: { version: 1, type: "renew" },
    });
    expect({ ...credential.attributes }).toEqual({ role: "admin" });
    for (const attributes of [{ identifier: "x" }, { "a b": "x" }, { a: "\u0000" }])
      await expect(ticket(runtime, { attributes })).rejects.toThrow(code("CREDENTIAL_INVALID"));
    for (const more of [{ usageCount: 0 }, { usageCount: 10_001 }, { lifetimeMs: 0 }, { routes: [] }])
      await expect(ticket(runtime, more)).rejects.toThrow(code("OPERATION_INVALID"));
    await expect(ticket(member)).rejects.toThrow(code("RESOURCE_NOT_FOUND"));
  });
});

type Hub = Awaited<ReturnType<typeof authority>>;

/** A node of a home whose default identity enrolled. */
async function member(path: string, hub: Hub, name = "member") {
  const { identifier, routes, runtime: issuer } = hub;
  const home = new HomeIdentities(path);
  const identity = await home.use();
  const request = { version: 1, type: "enroll", secret: await ticket(issuer) } as const;
  const asker = await start(`${name}-enrolling`);
  const issued = await askAuthority(asker.node, { authority: identifier, routes, identity, request });
  const history = Buffer.from(issued.authority.history).toString("hex");
  await home.memberships.add({ authority: identifier, history, routes, identity: "default" });
  await home.credentials.store(issued.credential);
  const [runtime, address] = await startListening(name, {
    trust: { identities: homeIdentitySource(home, name), identity: "default", authority: issued.authority },
  });
  const renew = (): void => {
    const onRenewed = (): void => runtime.context.channels.renew();
    const options = { node: runtime.node, home, identity: "default", log: silentLog, onRenewed };
    renewals.push(new Renewals(options));
  };
  const valid = () => home.credentials.valid({ subject: identity.identifier, node: name });
  return { runtime, address, renew, valid, first: issued.credential };
}

describe("Renewals", { timeout }, () => {
  it("renew a credential at two thirds of its life, again and again, so that it never ends [member-renews]", async () => {
    await using folder = await temporaryFolder();
    const { renew, valid, first } = await member(folder.path, await authority(3000));
    renew();
    const seen = new Set([first.notBeforeMs]);
    await until(async () => {
      const good = await valid();
      expect(good).toHaveLength(1);
      seen.add(good[0]?.notBeforeMs ?? 0);
      return seen.size === 3;
    });
    const [, second = 0] = [...seen];
    expect(second - first.notBeforeMs).toBeGreaterThanOrEqual(2000);
    expect(second - first.notBeforeMs).toBeLessThan(3000);
  });

  it("renew one that ended while nothing ran, and go on trying while the authority is away", async () => {
    await using folder = await temporaryFolder();
    const hub = await authority(1000);
    const { renew, valid } = await member(folder.path, hub);
    await until(async () => (await valid()).length === 0);
    renew();
    await until(async () => (await valid()).length === 1);
    await hub.runtime.close();
    await until(async () => (await valid()).length === 0);
  });

  it("keep a stream between members over many lives of both credentials; without the authority it ends with them", async () => {
    await using one = await temporaryFolder();
    await using other = await temporaryFolder();
    const lifeMs = 5000;
    const hub = await authority(lifeMs);
    const [left, right] = [await member(one.path, hub, "left"), await member(other.path, hub, "right")];
    left.renew();
    right.renew();
    await right.runtime.operations["tcp-outlet.create"]({ to: await echoServer() });
    const inlet = await createInlet(left.runtime, {
      alias: "web",
      routes: [to(right.address, "secure#api", "outlet")],
    });
    expect(inlet.status).toBe("Up");
    const { host, port } = parseHostPort(inlet.bind_addr);
    const socket = connect(port, host);
    let sent = 0;
    let received = "";
    socket.setEncoding("utf8").on("data", (text: string) => {
      received += text;
    });
    const failure = once(socket, "error").then(() => Date.now());
    const sending = setInterval(() => socket.write(`${sent++}\n`), 20);
    try {
      const begun = Date.now();
      // Longer than `until` waits.
      while (Date.now() - begun < 2.5 * lifeMs) await once(socket, "data");
      await hub.runtime.close();
      const lastEnd = Math.min(
        ...(await Promise.all([left.valid(), right.valid()])).map(([good]) => good?.expiresAtMs ?? 0),
      );
      const failedAt = await failure;
      expect(failedAt - lastEnd).toBeGreaterThan(-100);
      // Within a second where processors are to be had.
      expect(failedAt - lastEnd).toBeLessThan(3000);
    } finally {
      clearInterval(sending);
      socket.destroy();
    }
    const numbers = received.split("\n").slice(0, -1).map(Number);
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => index));
    expect(numbers.length).toBeGreaterThan(300);
  });
});
