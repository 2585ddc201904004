import type { ErrorCode, Message, Route, WorkerHost } from "@x/core";
import { MemoryNetwork, memory } from "@x/transport-memory";
import { describe, expect, it, onTestFinished } from "vitest";
import { maxEndedStreams } from "../limits.js";
import { defaultStreamSettings } from "../machine/stream-settings.js";
import { writeU48 } from "../protocol/wire-bytes.js";
import { connectPair, testNode, until } from "../testing/chains.js";
import { listening } from "../testing/listening-host.js";
import { QuietEnd } from "../testing/quiet-end.js";
import type { Carrier } from "./local-end.js";
import {
  type Acceptor,
  type AcceptorLimits,
  createAcceptor,
  defaultAcceptorLimits,
} from "./stream-acceptor.js";
import { createOpener, defaultOpenerLimits, type Opener } from "./stream-opener.js";

function startAcceptor(host: WorkerHost, limits = {}): { acceptor: Acceptor; ends: QuietEnd[] } {
  const ends: QuietEnd[] = [];
  const acceptor = createAcceptor(host, {
    address: "end",
    type: "stream",
    limits: { ...defaultAcceptorLimits, ...limits },
    attach: () => {
      const end = new QuietEnd();
      ends.push(end);
      return end;
    },
  });
  onTestFinished(() => acceptor.close({ code: "ABORTED", text: "" }));
  return { acceptor, ends };
}

function startOpener(host: WorkerHost, route: Route, onChange = (): void => {}): Opener {
  const opener = createOpener(host, {
    routes: [route],
    type: "stream",
    limits: defaultOpenerLimits,
    asksWhenIdle: true,
    onChange,
  });
  onTestFinished(() => opener.close({ code: "ABORTED", text: "" }));
  return opener;
}

function open(opener: Opener): { carrier: Carrier; end: QuietEnd } {
  const end = new QuietEnd();
  const carrier = opener.open({ settings: defaultStreamSettings, attach: () => end });
  carrier.start();
  return { carrier, end };
}

describe("a forged refusal", () => {
  /** A stream in the middle of its life, and somebody who sends refusals to its opener. */
  async function attacked(): Promise<{
    opener: Opener;
    changes: () => number;
    lastSegment: () => Uint8Array;
    refuse: (payload: Uint8Array, code?: ErrorCode, hop?: string) => Promise<void>;
    hop: string;
  }> {
    const { near, far, connection, routeTo } = await connectPair();
    startAcceptor(far);
    const { host, sent } = listening(near);
    let changes = 0;
    const opener = startOpener(host, routeTo("end"), () => changes++);
    await until(() => opener.state.state === "up", "the route");
    const { carrier } = open(opener);
    carrier.write(new Uint8Array(10));
    await until(() => sent.some((payload) => payload.length > 60), "the first segment");
    changes = 0;
    // Whoever refuses a message sends the beginning of its payload along its return route: all three are the sender's choice.
    let refused = 0;
    far.startWorker(
      (message: Message) => {
        const [code = "", hop = ""] = Object.keys(message.fields ?? {});
        message.refuse(code as ErrorCode, "forged", hop);
        refused++;
      },
      { address: "forger", exposure: "network" },
    );
    const wayBack = far.connections()[0]?.worker ?? "";
    const refuse = async (
      payload: Uint8Array,
      code = "CONNECTION_DOWN",
      hop = connection.worker,
    ): Promise<void> => {
      const before = refused;
      const fields = { [code]: 1, [hop]: 1 };
      void far.send({ onwardRoute: ["forger"], returnRoute: [wayBack, opener.address], payload, fields });
      await until(() => refused > before, "the refusal");
      await new Promise((resolve) => setTimeout(resolve, 10));
    };
    const lastSegment = (): Uint8Array =>
      sent.filter((payload) => (payload[0] ?? 0) % 16 === 3).at(-1) as Uint8Array;
    return { opener, changes: () => changes, lastSegment, refuse, hop: connection.worker };
  }

  it("counts for nothing when it brings back nothing, or what was never sent", async () => {
    const { opener, changes, lastSegment, refuse } = await attacked();
    await refuse(new Uint8Array(0));
    await refuse(new Uint8Array(64));
    // Even who knows the stream's id has to know the number of a packet that is under way.
    const guess = new Uint8Array(lastSegment());
    writeU48(guess, 18, 9_999);
    for (const code of ["CONNECTION_DOWN", "WORKER_BUSY", "MESSAGE_TOO_LARGE"] as const)
      await refuse(guess, code);
    writeU48(guess, 18, 1);
    await refuse(guess.subarray(0, 22));
    expect(changes()).toBe(0);
    expect(opener.state.state).toBe("up");
  });
});

describe("an open that is sent again by somebody else", () => {
  it("opens nothing, however many resets of unknown streams came meanwhile", async () => {
    const { near, far, routeTo } = await connectPair();
    const { acceptor, ends } = startAcceptor(far);
    const { host, sent } = listening(near);
    const opener = startOpener(host, routeTo("end"));
    const { carrier } = open(opener);
    await until(() => ends.length === 1, "the stream");
    carrier.reset({ code: "STREAM_RESET", text: "" });
    await until(() => acceptor.streams + opener.streams === 0, "its end");
    const replayed = sent.find((payload) => (payload[0] ?? 0) % 16 === 3) as Uint8Array;
    const reset = new Uint8Array(20);
    reset[0] = 0x14;
    reset[18] = 1;
    for (let count = 0; count < 2 * maxEndedStreams; count++) {
      new DataView(reset.buffer).setUint32(2, count);
      await near.send({ onwardRoute: routeTo("end"), payload: new Uint8Array(reset) });
    }
    await near.send({ onwardRoute: routeTo("end"), returnRoute: [opener.address], payload: replayed });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(ends).toHaveLength(1);
    expect(acceptor.streams).toBe(0);
  });
});

describe("an acceptor whose streams are all taken", () => {
  /** Two nodes that come to the same acceptor, directly or by one relay that passes on. */
  async function rivals(
    kind: "direct" | "relayed",
    limits: Partial<AcceptorLimits> = { maxStreams: 20 },
  ): Promise<{
    acceptor: Acceptor;
    ends: QuietEnd[];
    hog: Opener;
    honest: Opener;
  }> {
    const network = new MemoryNetwork();
    const far = testNode(memory({ network }));
    const { acceptor, ends } = startAcceptor(far, limits);
    let place = (await far.listen("memory#far")).address;
    let hops = ["end"];
    if (kind === "relayed") {
      const relay = testNode(memory({ network }));
      const { worker } = await relay.connect(place);
      place = (await relay.listen("memory#relay")).address;
      relay.startWorker(
        (message) => void message.forward({ onwardRoute: [worker, ...message.onwardRoute] }),
        {
          address: "forward",
          exposure: "network",
        },
      );
      hops = ["forward", "end"];
    }
    const [hog, honest] = await Promise.all(
      [testNode(memory({ network })), testNode(memory({ network }))].map(async (node) => {
        const { worker } = await node.connect(place);
        return startOpener(node, [worker, ...hops]);
      }),
    );
    return { acceptor, ends, hog: hog as Opener, honest: honest as Opener };
  }

  it.each([
    ["direct", { maxStreams: 20 }],
    ["relayed", { maxStreams: 20 }],
    ["relayed", { maxStreams: 1_000, maxStreamsPerConnection: 20 }],
    ["relayed", { maxStreams: 20, maxStreamsPerConnection: 20 }],
  ] as const)(
    "takes those of another peer, and the hog's idle opens go first: %s, %j",
    async (kind, limits) => {
      const { acceptor, ends, hog, honest } = await rivals(kind, limits);
      const hogs = Array.from({ length: 20 }, () => open(hog));
      await until(() => ends.length === 20, "the hog's streams");
      // One of the first carries something.
      hogs[0]?.carrier.write(new Uint8Array(1));
      await until(() => acceptor.streams === 20, "the streams");
      await new Promise((resolve) => setTimeout(resolve, 20));
      const more = open(hog);
      await until(() => more.end.failure !== undefined, "the refusal");
      expect(more.end.failure).toBe("STREAM_LIMIT_EXCEEDED");
      const honests = Array.from({ length: 12 }, () => open(honest));
      await until(() => honests.filter(({ end }) => end.failure !== undefined).length === 2, "two refusals");
      await until(
        () => hogs.filter(({ end }) => end.failure !== undefined).length === 10,
        "ten that gave way",
      );
      expect(hogs[0]?.end.failure).toBeUndefined();
      expect(hogs[1]?.end.failure).toBe("STREAM_LIMIT_EXCEEDED");
      expect(acceptor.streams).toBe(20);
    },
  );
});
