import { defineFact, type Message, type Route, type WorkerHost } from "@x/core";
import type { Node } from "@x/routing";
import { describe, expect, it, onTestFinished } from "vitest";
import { defaultStreamSettings } from "../machine/stream-settings.js";
import { writeU48 } from "../protocol/wire-bytes.js";
import { connectPair, until } from "../testing/chains.js";
import { listening } from "../testing/listening-host.js";
import { QuietEnd } from "../testing/quiet-end.js";
import type { Carrier } from "./local-end.js";
import { createAcceptor, defaultAcceptorLimits } from "./stream-acceptor.js";
import { createOpener, defaultOpenerLimits, type Opener } from "./stream-opener.js";

const identity = defineFact<string>("identity");

/** The local end of an accepted stream: counts what it is given. */
class CountingEnd extends QuietEnd {
  received = 0;
  readonly carrier: Carrier;

  constructor(carrier: Carrier) {
    super();
    this.carrier = carrier;
  }

  override deliver(piece?: { readonly bytes: Uint8Array }): true {
    this.received += piece?.bytes.length ?? 0;
    return true;
  }
}

/** Two nodes; what passes a worker `as-<name>` of the far one is from whoever has that name. */
async function identities(options: { readonly hasOwners?: boolean; readonly mayEnter?: Set<string> } = {}) {
  const { hasOwners = true, mayEnter } = options;
  const pair = await connectPair();
  const { far, connection } = pair;
  /** Names whose way is broken. */
  const broken = new Set<string>();
  for (const name of ["alice", "alice@late", "bob"]) {
    const pass = (message: Message): void => {
      if (broken.has(name)) message.refuse("CONNECTION_DOWN", "the way is broken");
      else void message.forward({ facts: [identity.state(name)] });
    };
    far.startWorker(pass, { address: `as-${name}`, exposure: "network" });
  }
  const ends: CountingEnd[] = [];
  const acceptor = createAcceptor(far, {
    address: "end",
    type: "stream",
    limits: defaultAcceptorLimits,
    attach: (carrier) => {
      const end = new CountingEnd(carrier);
      ends.push(end);
      return end;
    },
    access: (origin) => mayEnter?.has(origin.fact(identity.key) ?? "nobody") ?? true,
    ownerOf: hasOwners ? (origin) => origin.fact(identity.key)?.split("@")[0] : undefined,
  });
  onTestFinished(() => acceptor.close({ code: "ABORTED", text: "" }));
  const routeAs = (name: string): Route => [
    connection.worker,
    ...(name === "nobody" ? [] : [`as-${name}`]),
    "end",
  ];
  return { ...pair, acceptor, ends, routeAs, broken };
}

/** A stream of alice's in the middle of its life, and all that its opener sent. */
async function alices(options: Parameters<typeof identities>[0] = {}) {
  const all = await identities(options);
  const { host, sent } = listening(all.near);
  const opener = startOpener(host, [all.routeAs("alice")]);
  const { carrier, end } = open(opener);
  carrier.write(new Uint8Array(10));
  await until(() => all.ends[0]?.received === 10, "the first bytes");
  return { ...all, opener, sent, carrier, end, theirs: all.ends[0] as CountingEnd };
}

function startOpener(host: WorkerHost, routes: readonly Route[]): Opener {
  const limits = { ...defaultOpenerLimits, pingTimeoutMs: 1_000 };
  const opener = createOpener(host, { routes, type: "stream", limits, asksWhenIdle: true });
  onTestFinished(() => opener.close({ code: "ABORTED", text: "" }));
  return opener;
}

function open(opener: Opener): { carrier: Carrier; end: CountingEnd } {
  let end: CountingEnd | undefined;
  const attach = (its: Carrier): CountingEnd => {
    end = new CountingEnd(its);
    return end;
  };
  const carrier = opener.open({ settings: defaultStreamSettings, attach });
  carrier.start();
  return { carrier, end: end as unknown as CountingEnd };
}

/** The newest segment of an opener with other bytes, which claims to be newer still. */
function forgedSegment(sent: readonly Uint8Array[]): Uint8Array {
  const segment = new Uint8Array(sent.filter((payload) => (payload[0] ?? 0) % 16 === 3).at(-1) ?? []);
  writeU48(segment, 18, 1_000);
  return segment;
}

/** Sends messages of the protocol as somebody, and gives all that came back once the last was answered. */
async function sendAs(
  { near, routeAs }: { near: Node; routeAs: (name: string) => Route },
  name: string,
  payloads: readonly Uint8Array[],
): Promise<readonly Message[]> {
  const answers: Message[] = [];
  const worker = near.startWorker((message) => void answers.push(message), { exposure: "network" });
  const isWelcome = ({ payload }: Message): boolean => (payload[0] ?? 0) % 16 === 2;
  const hello = new Uint8Array(18);
  hello[0] = 0x11;
  for (const payload of [...payloads, hello]) {
    await near.send({ onwardRoute: routeAs(name), returnRoute: [worker.address], payload });
  }
  await until(() => answers.some((answer) => isWelcome(answer) || answer.refusal), "the answer to a hello");
  await worker.close();
  return answers.filter((answer) => !isWelcome(answer));
}

const isReset = (code: number) =>
  expect.objectContaining({
    payload: expect.toSatisfy((bytes: Uint8Array) => bytes[0] === 0x14 && bytes[18] === code),
  });

function messageOf(kind: number, sent: readonly Uint8Array[], more: readonly number[] = []): Uint8Array {
  return Uint8Array.of(0x10 + kind, 0, ...forgedSegment(sent).subarray(2, 18), ...more);
}

describe("a stream of somebody", () => {
  it.each(["bob", "nobody"])("is neither moved, fed nor ended by %s, who knows all of it", async (name) => {
    const all = await alices();
    const { sent, theirs, end, carrier, acceptor } = all;
    const segment = forgedSegment(sent);
    expect(await sendAs(all, name, [segment])).toEqual([isReset(13)]);
    await sendAs(all, name, [messageOf(4, sent, [1, 0]), messageOf(5, sent)]);
    expect({ received: theirs.received, failure: theirs.failure, streams: acceptor.streams }).toEqual({
      received: 10,
      failure: undefined,
      streams: 1,
    });
    carrier.write(new Uint8Array(5));
    await until(() => theirs.received === 15, "what its owner goes on with");
    theirs.carrier.write(new Uint8Array(5));
    await until(() => end.received === 5, "the way back");
  });

  it("goes with whoever knows its id where nobody asks whose it is", async () => {
    const all = await alices({ hasOwners: false });
    await sendAs(all, "bob", [messageOf(4, all.sent, [1, 0])]);
    expect(all.theirs.failure).toBe("STREAM_RESET");
  });

  it("is not opened again by a copy of its open", async () => {
    const all = await alices();
    const first = all.sent.find((payload) => (payload[0] ?? 0) % 16 === 3) as Uint8Array;
    expect(await sendAs(all, "bob", [first])).toEqual([isReset(13)]);
    all.carrier.reset({ code: "STREAM_RESET", text: "" });
    await until(() => all.acceptor.streams === 0, "its end");
    await sendAs(all, "bob", [first]);
    expect({ streams: all.acceptor.streams, ends: all.ends.length }).toEqual({ streams: 0, ends: 1 });
  });

  it.each([
    ["is not stopped by", true],
    ["would be stopped by", false],
  ])("%s refusals that somebody else makes up: owners %s", async (_, hasOwners) => {
    const { far, acceptor, theirs, end, sent } = await alices({ hasOwners });
    // While it is under way, what the acceptor sends is refused as too large again and again.
    theirs.carrier.write(new Uint8Array(5));
    for (let number = 1; number <= 20; number++) {
      const payload = messageOf(3, sent, [0, 0, 0, 0, 0, number]);
      payload[1] = 0x80;
      const refusal = { code: "MESSAGE_TOO_LARGE", hop: "somewhere", reason: "forged" } as const;
      for (let times = 0; times < 20; times++) {
        void far.send({ onwardRoute: ["as-bob", acceptor.address], payload, refusal });
      }
    }
    await until(() => (hasOwners ? end.received === 5 : theirs.failure !== undefined), "what follows");
    expect(theirs.failure).toBe(hasOwners ? undefined : "STREAM_LOST");
  });

  it("stays its owner's when it moves to another path, and ends when that is somebody else's", async () => {
    const all = await identities();
    const opener = startOpener(all.near, [all.routeAs("alice"), all.routeAs("bob")]);
    const { carrier, end } = open(opener);
    carrier.write(new Uint8Array(10));
    await until(() => all.ends[0]?.received === 10, "the first bytes");
    all.broken.add("alice");
    carrier.write(new Uint8Array(10));
    await until(() => end.failure !== undefined, "its end");
    expect(end.failure).toBe("ACCESS_DENIED");
    expect(all.ends[0]?.received).toBe(10);
  });
});

describe("an access rule that begins to refuse", () => {
  async function refusedWhile(what: (all: Awaited<ReturnType<typeof alices>>) => void) {
    const mayEnter = new Set(["alice"]);
    const all = await alices({ mayEnter });
    const sending = setInterval(() => what(all), 5);
    onTestFinished(() => clearInterval(sending));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([all.end.failure, all.theirs.failure]).toEqual([undefined, undefined]);
    mayEnter.clear();
    const refusedAt = performance.now();
    await until(() => all.end.failure !== undefined && all.theirs.failure !== undefined, "both ends");
    return { all, tookMs: performance.now() - refusedAt };
  }

  it.each([
    ["uploads", ({ carrier }: { carrier: Carrier }) => carrier.write(new Uint8Array(100))],
    ["downloads", ({ theirs }: { theirs: CountingEnd }) => theirs.carrier.write(new Uint8Array(100_000))],
  ])("resets both ends of a stream that %s within a second", async (_, what) => {
    const { all, tookMs } = await refusedWhile(what as never);
    expect(tookMs).toBeLessThan(1_000);
    expect([all.end.failure, all.theirs.failure]).toEqual(["ACCESS_DENIED", "ACCESS_DENIED"]);
    expect([all.acceptor.streams, all.opener.streams]).toEqual([0, 0]);
  });

  it("takes a stream from its owner when he comes with less than he had", async () => {
    const all = await identities({ mayEnter: new Set(["alice"]) });
    const opener = startOpener(all.near, [all.routeAs("alice"), all.routeAs("alice@late")]);
    const { carrier, end } = open(opener);
    carrier.write(new Uint8Array(10));
    await until(() => all.ends[0]?.received === 10, "the first bytes");
    all.broken.add("alice");
    carrier.write(new Uint8Array(10));
    await until(() => all.ends[0]?.failure !== undefined && end.failure !== undefined, "both ends");
    expect([all.ends[0]?.failure, end.failure]).toEqual(["ACCESS_DENIED", "ACCESS_DENIED"]);
  });

  it("does not take a stream from whoever it lets in because somebody else writes the same way back", async () => {
    const all = await alices({ mayEnter: new Set(["alice"]) });
    const { near, opener, routeAs, theirs } = all;
    for (const name of ["bob", "nobody"]) {
      await near.send({
        onwardRoute: routeAs(name),
        returnRoute: [opener.address],
        payload: forgedSegment(all.sent),
      });
    }
    all.carrier.write(new Uint8Array(5));
    await until(() => theirs.received === 15, "what its owner goes on with");
  });

  it("ends streams that wait for their path when it comes back", async () => {
    const mayEnter = new Set(["alice"]);
    const all = await alices({ mayEnter });
    all.broken.add("alice");
    all.carrier.write(new Uint8Array(5));
    await until(() => all.opener.state.state === "down", "the break");
    mayEnter.clear();
    all.broken.clear();
    await until(() => all.end.failure !== undefined, "its end");
    expect(all.end.failure).toBe("ACCESS_DENIED");
  });
});
