import { defineFact, type ErrorCode, type Message, type Origin, request, requestMany } from "@x/core";
import { describe, expect, it } from "vitest";
import { collector, node, pair, refused } from "../../test-support/nodes.js";
import type { NodeReport } from "../report.js";
import { startHop } from "../services/hop.js";

describe("a message", () => {
  it("is answered in one word, with text or with JSON", async () => {
    const { n1, n2, toN2 } = await pair();
    n2.startWorker((m) => void m.reply(JSON.stringify({ got: m.text() })), {
      address: "w",
      exposure: "network",
    });
    const reply = await request(n1, [toN2, "w"], "grün");
    expect(reply.json()).toEqual({ got: "grün" });
    expect(reply.error).toBeUndefined();
    expect(() => reply.json.call({ ...reply, text: () => "{" })).toThrow(refused("PAYLOAD_INVALID"));
  });

  it("is answered many times, also after its handler ended", async () => {
    const { n1, n2, toN2 } = await pair();
    n2.startWorker(
      (m) => {
        void m.reply("1");
        setTimeout(() => {
          void m.reply("2");
          void m.reply("3");
        });
      },
      { address: "w", exposure: "network" },
    );
    const replies: string[] = [];
    for await (const reply of requestMany(n1, [toN2, "w"], "", { maxReplies: 3 })) replies.push(reply.text());
    expect(replies).toEqual(["1", "2", "3"]);
    expect(n1.workers()).toEqual([]);
  });

  it("gets no reply to a negative reply, nor without a way back [refusal-no-echo]", async () => {
    const n1 = node();
    const sink = n1.startWorker((m) => void m.reply("no"), { exposure: "network" });
    void n1.send({ onwardRoute: ["nobody"], returnRoute: [sink.address], payload: "" });
    void n1.send({ onwardRoute: [sink.address], payload: "" });
    await new Promise((resolve) => setImmediate(resolve));
    expect(n1.stats()).toMatchObject({ delivered: 2, refused: 1 });
  });

  it("is answered with an error of the application's own, which is no refusal", async () => {
    const { n1, n2, toN2 } = await pair();
    n2.startWorker((m) => void m.replyError("SOLD_OUT", "none left"), {
      address: "shop",
      exposure: "network",
    });
    const reply = await request(n1, [toN2, "shop"], "one");
    expect(reply).toMatchObject({ error: "SOLD_OUT", refusal: undefined });
    expect(reply.text()).toBe("none left");
    expect(n2.stats().refused).toBe(0);
  });

  it("carries hop count and fields on, in a reply, when forwarded and when refused", async () => {
    const { n1, n2, toN2 } = await pair();
    n2.startWorker((m) => void m.forward({ fields: { step: 2 } }), { address: "f", exposure: "network" });
    n2.startWorker((m) => void m.reply("", { fields: { last: true } }), {
      address: "w",
      exposure: "network",
    });
    n2.startWorker((m) => void m.refuse("WORKER_BUSY", "later"), { address: "busy", exposure: "network" });
    const { address, next } = collector(n1);
    const fields = { trace: "t", step: 1 };
    void n1.send({ onwardRoute: [toN2, "f", "w"], returnRoute: [address], payload: "", fields });
    expect(await next()).toMatchObject({ fields: { trace: "t", step: 2, last: true }, hopCount: 5 });
    void n1.send({ onwardRoute: [toN2, "busy"], returnRoute: [address], payload: "", fields });
    expect(await next()).toMatchObject({
      fields,
      refusal: { code: "WORKER_BUSY", hop: "busy", reason: "later" },
    });
  });

  it("does not carry more fields on in a refusal than fit beside it", async () => {
    const { n1, toN2 } = await pair();
    const { address, next } = collector(n1);
    const fields = Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`f${i}`, i]));
    void n1.send({ onwardRoute: [toN2, "nobody"], returnRoute: [address], payload: "", fields });
    expect(await next()).toMatchObject({ fields: undefined, refusal: { hop: "nobody" } });
  });

  it("ends a conversation of replies to replies: services that answer each other end at the hop limit", async () => {
    const n1 = node();
    let rounds = 0;
    const ping = (address: string): void => {
      const answer = (m: Message): void => {
        if (m.refusal === undefined) rounds++;
        void m.reply("", { returnRoute: [address] });
      };
      n1.startWorker(answer, { address, exposure: "network" });
    };
    ping("a");
    ping("b");
    void n1.send({ onwardRoute: ["a"], returnRoute: ["b"], payload: "" });
    for (let turn = 0; turn < 300; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(rounds).toBe(255);
  });

  it("is refused for its caller when its handler throws or rejects, without a word of why", async () => {
    const reports: NodeReport[] = [];
    const { n1, n2, toN2 } = await pair({}, { onReport: (report) => reports.push(report) });
    const fail = (m: Message): Promise<void> => {
      if (m.text() === "throw") throw new Error("secret 1");
      return Promise.reject(new Error("secret 2"));
    };
    n2.startWorker(fail, { address: "w", exposure: "network" });
    for (const how of ["throw", "reject"]) {
      const error = await request(n1, [toN2, "w"], how).catch((failure: Error) => failure);
      expect(error).toEqual(refused("HANDLER_FAILED", "w"));
      expect((error as Error).message).not.toContain("secret");
    }
    expect(reports.filter(({ type }) => type === "handler-failed")).toMatchObject([
      { error: { message: "secret 1" } },
      { error: { message: "secret 2" } },
    ]);
  });
});

describe("rights", () => {
  /** What came of sending along a route: the code of a refusal, or `delivered`. */
  async function outcome(host: Parameters<typeof request>[0], route: string[]): Promise<ErrorCode | string> {
    const reply = await request(host, route, "").catch((error: { code: ErrorCode }) => error);
    return "code" in reply ? reply.code : "delivered";
  }

  it("to dial and to reach local workers are the operator's host's alone", async () => {
    const { n1, n2 } = await pair();
    n2.startWorker((m) => void m.reply(""), { address: "w", exposure: "network" });
    n1.startWorker((m) => void m.reply(""), { address: "local" });
    expect(await outcome(n1, ["local"])).toBe("HOP_REFUSED");
    expect(await outcome(n1, ["memory#n2", "w"])).toBe("HOP_REFUSED");
    expect(n1.connections()).toHaveLength(1);
    expect(await outcome(n1.own, ["local"])).toBe("delivered");
    expect(await outcome(n1.own, ["memory#n2", "w"])).toBe("delivered");
    // Not even when the hop is dialled already: its name can be guessed.
    expect(await outcome(n1, ["memory#n2", "w"])).toBe("HOP_REFUSED");
  });

  it("are not won by a worker that sends parts of a message itself, in whatever form", async () => {
    const { n1, n2, toN2 } = await pair();
    n1.startWorker((m) => void m.reply(""), { address: "local" });
    const [back = ""] = n2.connections().map(({ worker }) => worker);
    const { address, next } = collector(n2);
    const send: ((m: Message) => unknown)[] = [
      (m) => n1.send({ onwardRoute: m.onwardRoute, returnRoute: m.returnRoute, payload: m.payload }),
      (m) => n1.send({ ...m, fields: {} } as never),
      (m) =>
        n1.send({ onwardRoute: m.onwardRoute, returnRoute: m.returnRoute, payload: "", origin: m.origin }),
      (m) => m.forward(),
      (m) => m.forward({ onwardRoute: [...m.onwardRoute] }),
      (m) => m.reply("") ?? m.forward({ payload: "x" }),
      // As a return route that the operator's worker would follow.
      (m) => n1.send({ onwardRoute: ["nobody"], returnRoute: m.onwardRoute, payload: "" }),
    ];
    const watched: string[] = [];
    for (const way of send) {
      const worker = n1.startWorker(
        (m) => {
          n1.watch(m.onwardRoute[0] ?? "", (state) => watched.push(state));
          void way(m);
        },
        { exposure: "network" },
      );
      for (const goal of ["local", "memory#n3"]) {
        const onwardRoute = [back, worker.address, goal, "x"];
        void n2.send({ onwardRoute, returnRoute: [address], payload: "" });
      }
    }
    const codes: (string | undefined)[] = [];
    // The last way sends nothing back, and the one before it a reply beside each refusal.
    for (let count = 0; count < 14; count++) codes.push((await next()).refusal?.code);
    expect(codes.filter((code) => code === "HOP_REFUSED")).toHaveLength(12);
    expect(watched.filter((state) => state === "up")).toHaveLength(7);
    expect(watched.filter((state) => state === "gone")).toHaveLength(7);
    expect(n1.connections().map(({ worker }) => worker)).toEqual([toN2]);
    expect(n1.workers().find((worker) => worker.address === "local")?.queued).toBe(0);
  });

  it("stay with the operator's message along its own route, and not along hops that a worker adds", async () => {
    const n1 = node();
    startHop(n1);
    n1.startWorker((m) => void m.reply(""), { address: "local" });
    n1.startWorker((m) => void m.forward({ onwardRoute: ["local"] }), {
      address: "other",
      exposure: "network",
    });
    expect(await outcome(n1.own, ["hop", "local"])).toBe("delivered");
    expect(await outcome(n1, ["hop", "local"])).toBe("HOP_REFUSED");
    expect(await outcome(n1.own, ["other"])).toBe("HOP_REFUSED");
  });

  it("cannot be taken from another node's message, nor made up", async () => {
    const [n1, n2] = [node(), node()];
    let kept: Origin | undefined;
    const worker = n1.startWorker((m) => {
      kept = m.origin;
    });
    void n1.own.send({ onwardRoute: [worker.address], payload: "" });
    expect(kept?.isOwn).toBe(true);
    const made = { arrivedBy: undefined, isOwn: true, fact: () => undefined };
    for (const origin of [kept as Origin, made, {} as Origin]) {
      expect(() => n2.send({ onwardRoute: ["x"], payload: "", origin })).toThrow(refused("MESSAGE_INVALID"));
    }
  });
});

describe("facts", () => {
  const identity = defineFact<string>("identity");

  it("are known to workers further on, on this node only", async () => {
    const { n1, n2, toN2 } = await pair();
    const far = collector(n2);
    const near = collector(n1);
    const prove = n1.startWorker((m) => void m.forward({ facts: [identity.state("I1")] }), {
      exposure: "network",
    });
    startHop(n1);
    void n1.send({ onwardRoute: [prove.address, "hop", near.address], payload: "" });
    expect((await near.next()).origin.fact(identity.key)).toBe("I1");
    void n1.send({ onwardRoute: [prove.address, toN2, far.address], payload: "" });
    expect((await far.next()).origin.fact(identity.key)).toBeUndefined();
  });

  it("are what an access rule goes by, asked at every delivery", async () => {
    const n1 = node();
    let isAllowed = true;
    n1.startWorker((m) => void m.reply(m.origin.fact(identity.key) ?? "nobody"), {
      address: "w",
      exposure: "network",
      access: (origin, message) => {
        expect(message.onwardRoute).toEqual([]);
        return isAllowed && origin.fact(identity.key) === "I1";
      },
    });
    const ask = (who: string): Promise<Message> => {
      const prover = n1.startWorker((m) => void m.forward({ facts: [identity.state(who)] }), {
        exposure: "network",
      });
      return request(n1, [prover.address, "w"], "");
    };
    expect((await ask("I1")).text()).toBe("I1");
    await expect(ask("I2")).rejects.toEqual(refused("ACCESS_DENIED", "w"));
    await expect(request(n1.own, ["w"], "")).rejects.toEqual(refused("ACCESS_DENIED", "w"));
    isAllowed = false;
    await expect(ask("I1")).rejects.toEqual(refused("ACCESS_DENIED", "w"));
  });

  it.each<[string, unknown]>([
    [
      "throws",
      () =>
        ((): never => {
          throw new Error("broken");
        })(),
    ],
    ["returns nothing", () => undefined],
    ["returns a word", () => "yes"],
    ["returns a promise", () => Promise.resolve(true)],
  ])("do not help when the access rule %s", async (_, access) => {
    const n1 = node();
    n1.startWorker((m) => void m.reply(""), { address: "w", exposure: "network", access: access as never });
    await expect(request(n1, ["w"], "")).rejects.toEqual(refused("ACCESS_DENIED", "w"));
  });
});

describe("a worker's state", () => {
  it("is told to who watches it, and what is sent to it while it is down is refused", async () => {
    const n1 = node();
    const worker = n1.startWorker((m) => void m.reply(""), { address: "w", exposure: "network" });
    const states: string[] = [];
    n1.watch("w", (state) => states.push(state));
    worker.goDown("its door is shut");
    worker.goDown("its door is shut still");
    const failure = await request(n1, ["w"], "").catch((error: Error) => error);
    expect(failure).toEqual(refused("WORKER_DOWN", "w"));
    expect((failure as Error).message).toContain("its door is shut still");
    worker.comeUp();
    await expect(request(n1, ["w"], "")).resolves.toBeDefined();
    await worker.close();
    worker.comeUp();
    expect(states).toEqual(["up", "down", "up", "gone"]);
  });
});

describe("shared()", () => {
  it("gives one object per key and node, also through the operator's host and a wrapper, and closes it with the node", async () => {
    const [n1, n2] = [node(), node()];
    let closed = 0;
    const key = { name: "counter", make: () => ({ close: () => void closed++ }) };
    const wrapper = { ...n1.own, shared: n1.own.shared };
    expect(n1.own.shared(key)).toBe(n1.shared(key));
    expect(wrapper.shared(key)).toBe(n1.shared(key));
    expect(n2.shared(key)).not.toBe(n1.shared(key));
    await n1.close();
    expect(closed).toBe(1);
  });
});

describe("a message inside another one", () => {
  it("is passed on in its place with its own hop count, fields and refusal, and keeps its origin", async () => {
    const { n1, n2, toN2 } = await pair();
    const { key, state } = defineFact<string>("opened by");
    n2.startWorker(
      (message) => {
        const inner = {
          hopCount: 7,
          fields: { own: true },
          refusal: { code: "WORKER_BUSY", hop: "x", reason: "y" },
        } as const;
        void message.forward({
          onwardRoute: ["end"],
          returnRoute: [],
          payload: "inside",
          facts: [state("me")],
          inner,
        });
        void message.forward({ onwardRoute: ["end"], inner: { hopCount: 1 } });
      },
      { address: "opener", exposure: "network" },
    );
    const { next } = collector(n2, "end");
    void n1.own.send({
      onwardRoute: [toN2, "opener"],
      payload: "outside",
      hopCount: 99,
      fields: { outer: 1 },
    });
    const first = await next();
    expect(first).toMatchObject({ hopCount: 8, fields: { own: true }, refusal: { code: "WORKER_BUSY" } });
    expect([first.text(), first.origin.fact(key)]).toEqual(["inside", "me"]);
    expect(first.origin.arrivedBy).toBeDefined();
    const second = await next();
    expect(second.hopCount).toBe(2);
    expect([second.fields, second.refusal, second.text()]).toEqual([undefined, undefined, "outside"]);
  });

  it("is refused by the name of the hop, which its sender chose", async () => {
    const { n1, n2, toN2 } = await pair();
    const open = (message: Message) =>
      void message.forward({ onwardRoute: ["nobody"], inner: { hopCount: 1 } });
    n2.startWorker(open, { address: "opener", exposure: "network" });
    n2.startWorker((message) => void message.forward({ onwardRoute: ["nobody"] }), {
      address: "steerer",
      exposure: "network",
    });
    await expect(request(n1, [toN2, "opener"], "")).rejects.toEqual(refused("WORKER_NOT_FOUND", "nobody"));
    await expect(request(n1, [toN2, "steerer"], "")).rejects.toEqual(refused("WORKER_NOT_FOUND", "steerer"));
  });

  it("gives no rights that the message did not have", async () => {
    const host = node();
    const end = { address: "local", exposure: "local" } as const;
    host.startWorker((message) => void message.reply("in"), end);
    host.startWorker((message) => void message.forward({ onwardRoute: ["local"], inner: { hopCount: 1 } }), {
      address: "opener",
    });
    await expect(request(host.own, ["opener"], "")).rejects.toEqual(refused("HOP_REFUSED", "local"));
  });
});

describe("send() with a refusal", () => {
  it("sends a negative reply, which is never answered", async () => {
    const host = node();
    const { address, next } = collector(host);
    const refusal = { code: "WORKER_BUSY", hop: "far", reason: "later" } as const;
    void host.send({ onwardRoute: [address], returnRoute: [address], payload: "head", refusal });
    const got = await next();
    expect([got.refusal, got.text(), got.canReply]).toEqual([refusal, "head", false]);
  });
});
