import type { Address } from "@x/core";
import {
  CredentialStore,
  createIdentity,
  credentialChecker,
  issueCredential,
  peerIdentity,
  policyRule,
  verifyCredential,
} from "@x/identity";
import { startInlet, startOutlet } from "@x/portal-tcp";
import { startRelayService } from "@x/relay";
import { keepChannel, startChannelListener } from "@x/secure-channel";
import { tcp } from "@x/transport-tcp";
import { udp } from "@x/transport-udp";
import { describe, expect, it, onTestFinished } from "vitest";
import { carrierOf } from "./engine/recovery.js";
import { Streams, untilOver } from "./engine/streams.js";
import { judge } from "./engine/verdict.js";
import { startSocket } from "./harness/clients.js";
import { startFaultyTcp } from "./harness/faulty-tcp.js";
import { startFaultyUdp } from "./harness/faulty-udp.js";
import { longTestMs, patienceMs } from "./harness/limits.js";
import { portOf } from "./harness/ports.js";
import { startTarget } from "./harness/targets.js";
import { eventually } from "./harness/waiting.js";
import { startRelayProcess } from "./hostile-relay/relay-process.js";
import {
  newNode,
  openInlet,
  startTargetsNode,
  targetsIdentity,
  trust,
  vault,
  visitorsIdentity,
} from "./hostile-relay/sealed-nodes.js";

/** The visitors' node: the ports of an inlet whose portal is sealed, and of one whose portal is not. */
async function startVisitorsNode(relay: Address, node = newNode()) {
  const { worker } = await node.connect(relay, { keep: true });
  const route = [worker, "forward_to_far"];
  const channel = keepChannel(node, [...route, "api"], trust(visitorsIdentity, targetsIdentity));
  return {
    sealed: await openInlet(node, [channel.address, "outlet"]),
    open: await openInlet(node, [...route, "open-outlet"]),
  };
}

const streams = new Streams();

/** Has a stream through each portal while something happens to the path once, and says what became of them. */
async function bothWhile(ports: { sealed: number; open: number }, fault: () => Promise<unknown> | unknown) {
  const begin = (port: number) => streams.transfer(() => startSocket(port), 1_000_000);
  const both = [await begin(ports.sealed), await begin(ports.open)] as const;
  const have = (bytes: number) => (): boolean =>
    both.every(({ visitor }) => visitor.failure !== undefined || visitor.receivedBytes > bytes);
  await eventually("some of it has come", have(300_000));
  const at = performance.now();
  await fault();
  await eventually("enough has come, or it is over", have(1_500_000), patienceMs);
  for (const stream of both) {
    for (const side of [stream.visitor, stream.target]) side?.stop();
    if (stream.visitor.failure === undefined) await untilOver(stream, patienceMs);
  }
  // Judged as if the fault might cost streams: what became of them is what the tests are about.
  const [sealed, open] = both.map((one) => judge({ ...one }, [{ kind: "a fault", costs: "streams", at }]));
  return { sealed: sealed?.outcome, open: open?.outcome };
}

/** A stream through each portal is whole, again and again tried until it is. */
async function areServed(ports: { sealed: number; open: number }): Promise<void> {
  for (const port of [ports.sealed, ports.open])
    await eventually("served", () => streams.probe(() => startSocket(port)).then(() => true));
}

describe("sealed portals, as open ones", { timeout: longTestMs }, () => {
  it("are whole when their relay is killed and started again [sealed-recovery]", async () => {
    const relay = await startRelayProcess();
    const { port: target } = await startTarget(streams.serve);
    await startTargetsNode(relay.address, target);
    const ports = await startVisitorsNode(relay.address);
    const ends = await bothWhile(ports, async () => {
      await relay.kill();
      await startRelayProcess(portOf(relay.address));
    });
    expect(ends).toEqual({ sealed: "exact", open: "exact" });
  });

  it("are reset when the target's node starts again, and serve again after it", async () => {
    const relay = await startRelayProcess();
    const { port: target } = await startTarget(streams.serve);
    const far = await startTargetsNode(relay.address, target);
    const ports = await startVisitorsNode(relay.address);
    const ends = await bothWhile(ports, async () => {
      await far.close();
      await startTargetsNode(relay.address, target);
    });
    expect(ends).toEqual({ sealed: "reset: a fault", open: "reset: a fault" });
    await areServed(ports);
  });

  it("are whole when the inlet's node comes from another address", async () => {
    const relay = await startRelayProcess();
    const { port: target } = await startTarget(streams.serve);
    await startTargetsNode(relay.address, target);
    let host = 1;
    const path = await startFaultyTcp(portOf(relay.address), {}, () => `127.0.0.${host}`);
    const ports = await startVisitorsNode(`tcp#127.0.0.1:${path.port}`);
    const ends = await bothWhile(ports, () => {
      host++;
      path.reset();
    });
    expect(ends).toEqual({ sealed: "exact", open: "exact" });
  });

  it("are whole over UDP that loses 5 %", async () => {
    const relay = newNode(udp(), tcp());
    startRelayService(relay);
    const { address } = await relay.listen("udp#127.0.0.1:0");
    const lossy = await startFaultyUdp(portOf(address), { lost: 0.05, doubled: 0.01, late: 0.01 });
    const { port: target } = await startTarget(streams.serve);
    await startTargetsNode((await relay.listen("tcp#127.0.0.1:0")).address, target);
    const ports = await startVisitorsNode(`udp#127.0.0.1:${lossy}`, newNode(udp()));
    expect(await bothWhile(ports, () => {})).toEqual({ sealed: "exact", open: "exact" });
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
    const target = await startTarget(streams.serve);
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
    const stream = await streams.transfer(() => startSocket(portOf(inlet.where)), 4_000_000);
    await eventually("the download began", () => stream.visitor.receivedBytes > 0);
    // By the clock of the streams.
    return { endsAt: endsAt - Date.now() + performance.now(), inlet, stream };
  }

  it("is reset at both ends within a second [sealed-credential-ends]", async () => {
    const { endsAt, inlet, stream } = await downloading(false);
    await untilOver(stream, 10_000);
    for (const side of [stream.visitor, stream.target]) {
      expect(side).toMatchObject({ receivedEndAt: undefined, wrongAt: undefined });
      expect((side?.closedAt ?? Infinity) - endsAt).toBeGreaterThan(-50);
      expect((side?.closedAt ?? Infinity) - endsAt).toBeLessThan(1_000);
    }
    expect(inlet.lastFailure?.code).toMatch(/^(ACCESS_DENIED|CHANNEL_EXPIRED|CHANNEL_REFUSED)$/);
  });

  it("loses no byte when the credential is renewed in time", async () => {
    const { endsAt, stream } = await downloading(true);
    await eventually("two lives", () => performance.now() > endsAt + 6_000, 20_000);
    const { finish } = await carrierOf(stream);
    expect(await finish()).toBe(0);
  });
});
