import { once } from "node:events";
import { connect as connectSocket } from "node:net";
import {
  CulvertError,
  generateAddress,
  type Message,
  type Route,
  refusalError,
  request,
  type Transport,
} from "@x/core";
import { type RelayLimits, startRelayClient, startRelayService } from "@x/relay";
import { createNode, type Node, type NodeReport, startEcho, startHop } from "@x/routing";
import { memory } from "@x/transport-memory";
import { tcp } from "@x/transport-tcp";
import { udp } from "@x/transport-udp";
import { describe, expect, it, onTestFinished } from "vitest";
import { eventually } from "./harness/eventually.js";

const payload = new TextEncoder().encode("hello");
const textOf = (message: Message): string => new TextDecoder().decode(message.payload);

function openNode(onReport?: (report: NodeReport) => void): Node {
  const node = createNode({ transports: [tcp()], ...(onReport === undefined ? {} : { onReport }) });
  onTestFinished(() => node.close());
  return node;
}

/** Two nodes over TCP; `via` is the first node's connection to the second. */
async function openPair(
  onReport?: (report: NodeReport) => void,
): Promise<{ near: Node; far: Node; via: string }> {
  const [near, far] = [openNode(), openNode(onReport)];
  const { address } = await far.listen("tcp#127.0.0.1:0");
  return { near, far, via: (await near.connect(address)).worker };
}

async function refusalOf(host: Node, onwardRoute: Route): Promise<CulvertError> {
  const outcome = await request(host.own, onwardRoute, payload).catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(CulvertError);
  return outcome as CulvertError;
}

describe("addresses", () => {
  it("that are generated are 32 lowercase hex digits and never come twice [address-generated]", () => {
    const many = Array.from({ length: 10_000 }, generateAddress);
    expect(new Set(many).size).toBe(many.length);
    expect(many.filter((address) => !/^[0-9a-f]{32}$/.test(address))).toEqual([]);
  });
});

describe("delivery", () => {
  it("handles one message at a time and in order [delivery-order]", async () => {
    const { near, far, via } = await openPair();
    const count = 500;
    const handled: number[] = [];
    let running = 0;
    let mostAtOnce = 0;
    far.startWorker(
      async (message) => {
        mostAtOnce = Math.max(mostAtOnce, ++running);
        await Promise.resolve();
        handled.push(new DataView(message.payload.buffer, message.payload.byteOffset).getUint32(0));
        running--;
      },
      { address: "sink", exposure: "network" },
    );
    for (let index = 0; index < count; index++) {
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setUint32(0, index);
      await near.send({ onwardRoute: [via, "sink"], payload: bytes });
    }
    await eventually("all are handled", () => handled.length === count);
    expect(handled).toEqual(Array.from({ length: count }, (_, index) => index));
    expect(mostAtOnce).toBe(1);
  });

  it("reports a handler that throws, and goes on [delivery-throw]", async () => {
    const reports: NodeReport[] = [];
    const { near, far, via } = await openPair((report) => reports.push(report));
    let calls = 0;
    const answer = (message: Message): void => {
      if (++calls === 1) throw new Error("broken on purpose");
      void message.reply(message.payload);
    };
    far.startWorker(answer, { address: "moody", exposure: "network" });
    void near.send({ onwardRoute: [via, "moody"], payload });
    await eventually("the report", () => reports.some(({ type }) => type === "handler-failed"));
    expect(textOf(await request(near.own, [via, "moody"], payload))).toBe("hello");
  });

  it("passes on header fields it does not know [delivery-fields]", async () => {
    const { near, far, via } = await openPair();
    startHop(far);
    const seen = new Promise<Message>((resolve) => {
      far.startWorker(resolve, { address: "sink", exposure: "network" });
    });
    const fields = { "x-trace": "abc", "x-count": 7, "x-bytes": Uint8Array.of(1, 2), "x-flag": true };
    void near.send({ onwardRoute: [via, "hop", "sink"], payload, fields });
    expect((await seen).fields).toMatchObject(fields);
  });

  it("ends a route that loops with an error and not with a storm [delivery-loop]", async () => {
    const { near, far, via } = await openPair();
    const back = await far.connect((await near.listen("tcp#127.0.0.1:0")).address);
    let deliveries = 0;
    // Two workers that send to each other over the wire for ever, but for the bound.
    const bounce = (onwardRoute: Route) => (message: Message) => {
      deliveries++;
      void message.forward({ onwardRoute });
    };
    near.startWorker(bounce([via, "ping"]), { address: "pong", exposure: "network" });
    far.startWorker(bounce([back.worker, "pong"]), { address: "ping", exposure: "network" });
    const refusal = await refusalOf(near, [via, "ping"]);
    expect(["HOP_LIMIT_EXCEEDED", "ROUTE_TOO_LONG"]).toContain(refusal.code);
    expect(deliveries).toBeLessThan(256);
  });
});

describe("refusals", () => {
  it("come for a worker that is not open to the network, and name it [refusal-exposure] [reach-exposed-only]", async () => {
    const { near, far, via } = await openPair();
    startEcho(far, { address: "private", exposure: "local" });
    expect(await refusalOf(near, [via, "private"])).toMatchObject({ hop: "private" });
    expect(textOf(await request(far.own, ["private"], payload))).toBe("hello");
    // Also not by way of a worker that is open and passes on.
    startHop(far);
    expect(await refusalOf(near, [via, "hop", "private"])).toMatchObject({ hop: "private" });
  });

  it("are not answered by refusals [refusal-no-echo]", async () => {
    const reports: NodeReport[] = [];
    const { near, via } = await openPair((report) => reports.push(report));
    const received: Message[] = [];
    const worker = near.startWorker((message) => void received.push(message), { exposure: "network" });
    const returnRoute = [worker.address];
    // Sends a refusal on to where it is refused too, with a way back.
    const passer = near.startWorker(
      (message) => void message.forward({ onwardRoute: [via, "nobody"], returnRoute }),
      { exposure: "network" },
    );
    void near.send({ onwardRoute: ["missing"], returnRoute: [passer.address], payload });
    await eventually("the far node gives up", () => reports.some(({ type }) => type === "refusal-dropped"));
    // What follows on the same connection arrives later than any answer to the first would.
    void near.send({ onwardRoute: [via, "nobody"], returnRoute, payload });
    await eventually("the answer to the second", () => received.length > 0);
    expect(received.map((message) => refusalError(message).code)).toEqual(["WORKER_NOT_FOUND"]);
    expect(received).toHaveLength(1);
  });
});

describe("reach", () => {
  it("is given with a generated address [reach-capability]", async () => {
    const { near, far, via } = await openPair();
    const worker = far.startWorker((message) => void message.reply(message.payload), { exposure: "network" });
    expect(worker.address).toMatch(/^[0-9a-f]{32}$/);
    expect(textOf(await request(near.own, [via, worker.address], payload))).toBe("hello");
  });

  it("never lets the network make a node dial [reach-no-dial]", async () => {
    const { near, far, via } = await openPair();
    const third = openNode();
    startEcho(third);
    const { address } = await third.listen("tcp#127.0.0.1:0");
    startHop(far);
    for (const route of [
      [via, address, "echo"],
      [via, "hop", address, "echo"],
    ]) {
      expect(await refusalOf(near, route)).toMatchObject({ code: "HOP_REFUSED", hop: address });
    }
    expect(third.connections()).toEqual([]);
  });
});

describe("back-pressure", () => {
  it("slows whoever sends to a slow worker, and nobody else [pressure-own-producer] [pressure-nobody-else]", async () => {
    const { near, far, via } = await openPair();
    const other = openNode();
    const otherVia = (await other.connect((await far.listen("tcp#127.0.0.1:0")).address)).worker;
    startEcho(far);
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    onTestFinished(() => release());
    far.startWorker(() => gate, { address: "slow", exposure: "network" });
    let sent = 0;
    let isHeldUp = false;
    const block = new Uint8Array(65_536);
    void (async () => {
      for (; !isHeldUp && sent < 2_000; sent++)
        await near.send({ onwardRoute: [via, "slow"], payload: block });
    })();
    const startedAt = performance.now();
    expect(textOf(await request(other.own, [otherVia, "echo"], payload))).toBe("hello");
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    isHeldUp = true;
    expect(sent).toBeLessThan(2_000);
  });
});

describe("transports", () => {
  const transports: readonly (readonly [string, () => Transport, string])[] = [
    ["memory", memory, "e2e-parts"],
    ["tcp", tcp, "127.0.0.1:0"],
    ["udp", udp, "127.0.0.1:0"],
  ];

  it.each(transports)("%s declares what it promises [transport-capabilities]", (name, create) => {
    const { capabilities } = create();
    expect(capabilities.reliable).toBe(name !== "udp");
    expect(capabilities.ordered).toBe(name !== "udp");
    expect(capabilities.maxFrameBytes).toBeGreaterThanOrEqual(1_024);
  });

  it.each(transports)("%s joins the parts of a frame [transport-parts]", async (_name, create, where) => {
    const transport = create();
    const arrived = new Promise<Uint8Array>((resolve) => {
      const onFrame = (frame: Uint8Array): undefined => resolve(frame) as undefined;
      const listening = transport.listen(where, {
        onConnection: (connection) => connection.start({ onFrame, onClose: () => {} }),
      });
      void listening.then(async (listener) => {
        onTestFinished(() => listener.close());
        const connection = await transport.dial(listener.where);
        onTestFinished(() => connection.close());
        connection.start({ onFrame: () => undefined, onClose: () => {} });
        void connection.send([new Uint8Array([1, 2]), new Uint8Array(0), new Uint8Array([3])]);
      });
    });
    expect([...(await arrived)]).toEqual([1, 2, 3]);
  });

  it("tcp refuses a peer that speaks no version of the protocol, and lives on [tcp-hostile-bytes]", async () => {
    const { near, far, via } = await openPair();
    startEcho(far);
    const port = Number(far.listeners()[0]?.address.split(":").at(-1));
    const socket = connectSocket({ host: "127.0.0.1", port });
    socket.on("error", () => {});
    socket.end("SSH-2.0-OpenSSH_9.2\r\n");
    socket.resume();
    await once(socket, "close");
    expect(textOf(await request(near.own, [via, "echo"], payload))).toBe("hello");
  });
});

describe("relays", () => {
  it("do not put themselves on the return route [relay-not-on-return-route]", async () => {
    const { relay, private_, visitor, visitorVia } = await openRelay();
    const seen = new Promise<Message>((resolve) => {
      private_.startWorker(resolve, { address: "sink", exposure: "network" });
    });
    const worker = visitor.startWorker(() => {}, { exposure: "network" });
    void visitor.send({
      onwardRoute: [visitorVia, "forward_to_p", "sink"],
      returnRoute: [worker.address],
      payload,
    });
    const { returnRoute } = await seen;
    const forwarder = "forward_to_p";
    expect(returnRoute).not.toContain(forwarder);
    // The private node's connection, the relay node's connection to the visitor, and the visitor's worker.
    expect(returnRoute).toHaveLength(3);
    expect(relay.connections().map((connection) => connection.worker)).toContain(returnRoute[1]);
    expect(returnRoute[2]).toBe(worker.address);
  });

  it("are limited per connection and per node, each with a code of its own [relay-limit]", async () => {
    for (const [limits, code] of [
      [{ maxRelays: 1 }, "RELAY_LIMIT_EXCEEDED"],
      [{ maxRelaysPerConnection: 1 }, "RELAY_CONNECTION_LIMIT_EXCEEDED"],
    ] as const) {
      const { private_, privateVia } = await openRelay(limits);
      const second = startRelayClient(private_, { route: [privateVia, "relay"], name: "q" });
      await eventually("the refusal", () => second.lastFailure?.code === code);
      expect(second.state).toBe("down");
      await second.close();
    }
  });
});

async function openRelay(limits: Partial<RelayLimits> = {}): Promise<{
  relay: Node;
  private_: Node;
  privateVia: string;
  visitor: Node;
  visitorVia: string;
}> {
  const [relay, private_, visitor] = [openNode(), openNode(), openNode()];
  startRelayService(relay, { limits });
  const { address } = await relay.listen("tcp#127.0.0.1:0");
  const privateVia = (await private_.connect(address)).worker;
  const client = startRelayClient(private_, { route: [privateVia, "relay"], name: "p" });
  await client.whenUp();
  const visitorVia = (await visitor.connect(address)).worker;
  return { relay, private_, privateVia, visitor, visitorVia };
}
