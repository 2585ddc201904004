import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Address, Transport } from "@x/core";
import {
  CredentialStore,
  channelIdentity,
  createIdentity,
  credentialChecker,
  identityChecker,
  issueCredential,
  memoryVault,
  type OwnIdentity,
  peerIdentity,
  policyRule,
  verifyCredential,
} from "@x/identity";
import { statePeer } from "@x/identity/inner";
import { startInlet, startOutlet } from "@x/portal-tcp";
import { startRelayClient, startRelayService } from "@x/relay";
import { createNode, type Node } from "@x/routing";
import { keepChannel, onlyIdentifiers, startChannelListener } from "@x/secure-channel";
import { tcp } from "@x/transport-tcp";
import { udp } from "@x/transport-udp";
import { describe, expect, it, onTestFinished } from "vitest";
import { startSocket } from "./harness/clients.js";
import { startFaultyTcp } from "./harness/faulty-tcp.js";
import { startFaultyUdp } from "./harness/faulty-udp.js";
import { longTestMs } from "./harness/limits.js";
import { startEchoTarget, startTarget } from "./harness/targets.js";
import { eventually } from "./harness/waiting.js";
import { startRelayProcess } from "./hostile-relay/relay-process.js";

const vault = memoryVault();
const [visitorsIdentity, targetsIdentity] = [await createIdentity(vault), await createIdentity(vault)];
const limits = { pingAfterMs: 1_000, pongTimeoutMs: 1_500, handshakeTimeoutMs: 2_000 };

function newNode(...transports: readonly Transport[]): Node {
  const node = createNode({ transports: transports.length > 0 ? transports : [tcp()] });
  onTestFinished(() => node.close());
  return node;
}

const trust = (own: OwnIdentity, other: OwnIdentity) => ({
  identity: channelIdentity(own),
  identities: identityChecker(),
  authorize: onlyIdentifiers([other.identifier]),
  facts: statePeer,
  limits,
});

const portOf = (address: string): number => Number(address.split(":").at(-1));

/** The target's node: registered at a relay, with an outlet for whoever comes through a channel, and an open one. */
async function startTargetsNode(relay: Address, target: number): Promise<Node> {
  const node = newNode();
  const { worker } = await node.connect(relay, { keep: true });
  const client = startRelayClient(node, { route: [worker, "relay"], name: "far", token: "00".repeat(16) });
  startChannelListener(node, "api", trust(targetsIdentity, visitorsIdentity));
  const access = policyRule(`(= subject.identifier "${visitorsIdentity.identifier}")`, {
    resource: "outlet",
  });
  const ownerOf = (origin: Parameters<typeof access>[0]) => origin.fact(peerIdentity);
  startOutlet(node, { target: `127.0.0.1:${target}`, access, ownerOf });
  startOutlet(node, { target: `127.0.0.1:${target}`, address: "open-outlet" });
  await client.whenUp(AbortSignal.timeout(15_000));
  return node;
}

/** The visitors' node: the ports of an inlet whose portal is sealed, and of one whose portal is not. */
async function startVisitorsNode(relay: Address, node = newNode()) {
  const { worker } = await node.connect(relay, { keep: true });
  const route = [worker, "forward_to_far"];
  const channel = keepChannel(node, [...route, "api"], trust(visitorsIdentity, targetsIdentity));
  const inletFor = async (hops: readonly Address[]): Promise<number> => {
    const inlet = await startInlet(node, { listen: "127.0.0.1:0", routes: [hops], connectionWaitMs: 10_000 });
    await eventually("the inlet is up", () => inlet.state === "up");
    return portOf(inlet.where);
  };
  return {
    sealed: await inletFor([channel.address, "outlet"]),
    open: await inletFor([...route, "open-outlet"]),
  };
}

/** Sends content to an echo, slowly, and says how what came back is; `onThird` is called when a third of it is back. */
async function visit(
  port: number,
  content: Buffer,
  onThird: () => void = () => {},
): Promise<"whole" | "reset" | "wrong"> {
  const socket = startSocket(port);
  let [received, isRight, isEnded, isTold] = [0, true, false, false];
  socket.on("data", (part) => {
    isRight &&= part.equals(content.subarray(received, received + part.length));
    received += part.length;
    if (isTold || received < content.length / 3) return;
    isTold = true;
    onThird();
  });
  socket.on("end", () => {
    isEnded = true;
  });
  socket.on("error", () => {});
  const closed = new Promise((resolve) => socket.once("close", resolve));
  const step = Math.ceil(content.length / 40);
  for (let at = 0; at < content.length && !socket.destroyed; at += step) {
    if (!socket.write(content.subarray(at, at + step)))
      await Promise.race([once(socket, "drain").catch(() => {}), closed]);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  socket.end();
  await closed;
  if (!isRight || (isEnded && received < content.length)) return "wrong";
  return isEnded ? "whole" : "reset";
}

/** Has a stream through each portal while something happens to the path once, and says what became of them. */
async function bothWhile(ports: { sealed: number; open: number }, fault: () => Promise<unknown> | unknown) {
  let waiting = 2;
  let faulted: unknown;
  const onThird = (): void => {
    if (--waiting === 0) faulted = fault();
  };
  const bytes = 2_000_000;
  const [sealed, open] = await Promise.all([
    visit(ports.sealed, randomBytes(bytes), onThird),
    visit(ports.open, randomBytes(bytes), onThird),
  ]);
  await faulted;
  expect(waiting).toBe(0);
  return { sealed, open };
}

/** A stream through each portal is whole, again and again tried until it is. */
async function areServed(ports: { sealed: number; open: number }): Promise<void> {
  const isWhole = async (port: number): Promise<boolean> =>
    (await visit(port, randomBytes(1_000))) === "whole";
  for (const port of [ports.sealed, ports.open]) await eventually("a stream is whole", () => isWhole(port));
}

describe("sealed portals, as open ones", { timeout: longTestMs }, () => {
  it("are whole when their relay is killed and started again [sealed-recovery]", async () => {
    const relay = await startRelayProcess();
    const { port: target } = await startEchoTarget();
    await startTargetsNode(relay.address, target);
    const ports = await startVisitorsNode(relay.address);
    const ends = await bothWhile(ports, async () => {
      await relay.kill();
      await startRelayProcess(portOf(relay.address));
    });
    expect(ends).toEqual({ sealed: "whole", open: "whole" });
  });

  it("are reset when the target's node starts again, and serve again after it", async () => {
    const relay = await startRelayProcess();
    const { port: target } = await startEchoTarget();
    const far = await startTargetsNode(relay.address, target);
    const ports = await startVisitorsNode(relay.address);
    const ends = await bothWhile(ports, async () => {
      await far.close();
      await startTargetsNode(relay.address, target);
    });
    expect(ends).toEqual({ sealed: "reset", open: "reset" });
    await areServed(ports);
  });

  it("are whole when the inlet's node comes from another address", async () => {
    const relay = await startRelayProcess();
    const { port: target } = await startEchoTarget();
    await startTargetsNode(relay.address, target);
    let host = 1;
    const path = await startFaultyTcp(portOf(relay.address), {}, () => `127.0.0.${host}`);
    const ports = await startVisitorsNode(`tcp#127.0.0.1:${path.port}`);
    const ends = await bothWhile(ports, () => {
      host++;
      path.reset();
    });
    expect(ends).toEqual({ sealed: "whole", open: "whole" });
  });

  it("are whole over UDP that loses 5 %", async () => {
    const relay = newNode(udp(), tcp());
    startRelayService(relay);
    const { address } = await relay.listen("udp#127.0.0.1:0");
    const lossy = await startFaultyUdp(portOf(address), { lost: 0.05, doubled: 0.01, late: 0.01 });
    const { port: target } = await startEchoTarget();
    await startTargetsNode((await relay.listen("tcp#127.0.0.1:0")).address, target);
    const ports = await startVisitorsNode(`udp#127.0.0.1:${lossy}`, newNode(udp()));
    expect(await bothWhile(ports, () => {})).toEqual({ sealed: "whole", open: "whole" });
  });
});

describe("a download whose visitor's node has a credential of 5 s", { timeout: longTestMs }, () => {
  /** A download without end through a sealed portal, for members of an authority. */
  async function downloading(isRenewed: boolean) {
    const authority = await createIdentity(vault);
    const store = new CredentialStore();
    const issuers = [authority.identifier];
    const lifetimeMs = 5_000;
    const issue = async (): Promise<number> => {
      const attributes = { role: "web" };
      const bytes = await issueCredential(authority, visitorsIdentity.identifier, { attributes, lifetimeMs });
      store.put(await verifyCredential(bytes, { issuers }));
      return Date.now() + lifetimeMs;
    };
    const endsAt = await issue();
    if (isRenewed) {
      const timer = setInterval(() => void issue(), (lifetimeMs * 2) / 3);
      onTestFinished(() => clearInterval(timer));
    }
    const target = await startTarget((socket) => {
      let sent = 0;
      const more = (): void => {
        const block = Buffer.alloc(20_000);
        for (let at = 0; at < block.length; at += 4) block.writeUInt32BE(sent++, at);
        if (socket.writable) socket.write(block, () => setTimeout(more, 5));
      };
      more();
    });
    const [near, far] = [newNode(), newNode()];
    startChannelListener(far, "api", {
      ...trust(targetsIdentity, visitorsIdentity),
      credentialChecker: credentialChecker({ issuers }),
    });
    const access = policyRule('(= subject.role "web")', { resource: "outlet" });
    startOutlet(far, {
      target: `127.0.0.1:${target.port}`,
      access,
      ownerOf: (origin) => origin.fact(peerIdentity),
    });
    const { worker } = await near.connect((await far.listen("tcp#127.0.0.1:0")).address);
    const channel = keepChannel(near, [worker, "api"], {
      ...trust(visitorsIdentity, targetsIdentity),
      credentials: store,
    });
    const inlet = await startInlet(near, { listen: "127.0.0.1:0", routes: [[channel.address, "outlet"]] });
    await eventually("the inlet is up", () => inlet.state === "up");
    const socket = startSocket(portOf(inlet.where));
    let words = 0;
    let wrong = 0;
    let rest = Buffer.alloc(0);
    socket.on("data", (part) => {
      rest = Buffer.concat([rest, part]);
      const whole = rest.length - (rest.length % 4);
      for (let at = 0; at < whole; at += 4) if (rest.readUInt32BE(at) !== words++) wrong++;
      rest = rest.subarray(whole);
    });
    let failedAt = 0;
    socket.on("error", () => {
      failedAt = Date.now();
    });
    await eventually("the download began", () => words > 0);
    const [atTarget] = target.sockets;
    let targetFailedAt = 0;
    atTarget?.on("close", () => {
      targetFailedAt = Date.now();
    });
    return { endsAt, inlet, counts: () => ({ wrong, words }), failed: () => [failedAt, targetFailedAt] };
  }

  it("is reset at both ends within a second [sealed-credential-ends]", async () => {
    const { endsAt, failed, inlet, counts } = await downloading(false);
    await eventually("both ends", () => failed().every((at) => at > 0), 10_000);
    for (const at of failed()) {
      expect(at - endsAt).toBeGreaterThan(-50);
      expect(at - endsAt).toBeLessThan(1_000);
    }
    expect(inlet.lastFailure?.code).toMatch(/^(ACCESS_DENIED|CHANNEL_EXPIRED|CHANNEL_REFUSED)$/);
    expect(counts().wrong).toBe(0);
  });

  it("loses no byte when the credential is renewed in time", async () => {
    const { endsAt, failed, counts } = await downloading(true);
    await eventually("two lives", () => Date.now() > endsAt + 6_000, 20_000);
    expect(failed()).toEqual([0, 0]);
    const before = counts();
    expect(before.wrong).toBe(0);
    await eventually("it goes on", () => counts().words > before.words);
  });
});
