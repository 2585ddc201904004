import { type Connection, type ConnectionHandlers, request, type Transport } from "@x/core";
import { tcp } from "@x/transport-tcp";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { node, pair, refused } from "../test-support/nodes.js";
import { startEcho } from "./services/echo.js";

// What nobody catches would end the process; under the tests' runner it ends the run.
const unhandled = vi.fn();
beforeEach(() => void process.on("unhandledRejection", unhandled));
afterEach(() => {
  process.off("unhandledRejection", unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

describe("a payload", () => {
  it.each<[string, unknown]>([
    ["an array of numbers", [1, 2, 3]],
    ["an array with a hole", [new Uint8Array(1), undefined]],
    ["an array with text", ["a"]],
    ["a number", 5],
    ["nothing", undefined],
    ["null", null],
    ["an object", { length: 3 }],
    ["an ArrayBuffer", new ArrayBuffer(3)],
    ["a DataView", new DataView(new ArrayBuffer(3))],
    ["text with a lone surrogate", "a\ud800"],
  ])("that is %s is refused with a code, and the shared connection lives", async (_, payload) => {
    const n1 = node({ transports: [tcp()] });
    const n2 = node({ transports: [tcp()] });
    startEcho(n2);
    const { worker } = await n1.connect((await n2.listen("tcp#127.0.0.1:0")).address);
    const send = (route: string[]) => () => n1.send({ onwardRoute: route, payload: payload as never });
    expect(send([worker, "echo"])).toThrow(refused("MESSAGE_INVALID"));
    expect(send(["nobody"])).toThrow(refused("MESSAGE_INVALID"));
    expect((await request(n1, [worker, "echo"], "hi")).text()).toBe("hi");
    expect(n1.connections()).toHaveLength(1);
  });

  it("of text arrives as UTF-8", async () => {
    const { n1, n2, toN2 } = await pair();
    startEcho(n2);
    expect([...(await request(n1, [toN2, "echo"], "ä€")).payload]).toEqual([0xc3, 0xa4, 0xe2, 0x82, 0xac]);
  });
});

describe("a route", () => {
  it.each<[string, unknown, string]>([
    ["text", "echo", "ROUTE_INVALID"],
    ["nothing", undefined, "ROUTE_INVALID"],
    ["array-like", { 0: "echo", length: 1 }, "ROUTE_INVALID"],
    ["with a hole", ["echo", undefined], "ADDRESS_INVALID"],
    ["with a number", [5], "ADDRESS_INVALID"],
    ["with an empty hop", [""], "ADDRESS_INVALID"],
    ["with a list", [["echo"]], "ADDRESS_INVALID"],
  ])("that is %s is refused with a code", (_, route, code) => {
    const n1 = node();
    startEcho(n1);
    expect(() => n1.send({ onwardRoute: route as never, payload: "" })).toThrow(refused(code));
    if (route === undefined) return;
    expect(() => n1.send({ onwardRoute: ["echo"], returnRoute: route as never, payload: "" })).toThrow(
      refused(code),
    );
  });

  it("that a worker gives is refused in the same way, and tells its caller that the worker failed", async () => {
    const n1 = node();
    const seen: unknown[] = [];
    const attempt = (action: () => unknown): void => {
      try {
        action();
      } catch (error) {
        seen.push((error as { code: string }).code);
      }
    };
    n1.startWorker(
      (m) => {
        attempt(() => m.forward({ onwardRoute: "echo" as never }));
        attempt(() => m.forward({ returnRoute: [5] as never }));
        attempt(() => m.forward({ payload: [1] as never }));
        attempt(() => m.forward({ fields: { a: {} } as never }));
        attempt(() => m.reply(undefined as never));
        attempt(() => m.reply(new Uint8Array(1_048_577)));
        attempt(() => m.reply("", { fields: 5 as never }));
        void m.reply(5 as never);
      },
      { address: "w", exposure: "network" },
    );
    await expect(request(n1, ["w"], "")).rejects.toEqual(refused("HANDLER_FAILED"));
    expect(seen).toEqual([
      "ROUTE_INVALID",
      "ADDRESS_INVALID",
      "MESSAGE_INVALID",
      "MESSAGE_INVALID",
      "MESSAGE_INVALID",
      "MESSAGE_TOO_LARGE",
      "MESSAGE_INVALID",
    ]);
  });
});

describe("options", () => {
  it.each<[string, object]>([
    ["NaN", { maxWorkers: Number.NaN }],
    ["a negative number", { maxQueuedBytes: -1 }],
    ["an unknown name", { maxQueuedByte: 5 }],
    ["an infinite time", { congestionPatienceMs: Number.POSITIVE_INFINITY }],
  ])("of a node with %s are refused", (_, limits) => {
    expect(() => node({ limits })).toThrow(refused("OPTION_INVALID"));
  });

  it("that are undefined keep their bound", () => {
    const n1 = node({ limits: { maxWorkers: undefined } as never });
    for (let i = 0; i < 65_536; i++) n1.startWorker(() => {});
    expect(() => n1.startWorker(() => {})).toThrow(refused("WORKER_LIMIT_EXCEEDED"));
  });

  it("of a worker are checked", () => {
    const n1 = node();
    for (const maxQueuedMessages of [Number.NaN, 0, -1, 1.5]) {
      expect(() => n1.startWorker(() => {}, { maxQueuedMessages })).toThrow(refused("OPTION_INVALID"));
    }
    expect(() => n1.startWorker(() => {}, { exposure: "netwrok" as never })).toThrow(
      refused("OPTION_INVALID"),
    );
    expect(n1.workers()).toEqual([]);
  });

  it.each([Number.POSITIVE_INFINITY, Number.NaN, -1, 2 ** 31])(
    "of a request with a time-out of %s are refused",
    async (timeoutMs) => {
      const n1 = node();
      n1.startWorker(() => {}, { address: "silent", exposure: "network" });
      await expect(request(n1, ["silent"], "", { timeoutMs })).rejects.toEqual(refused("OPTION_INVALID"));
      expect(n1.workers()).toHaveLength(1);
    },
  );
});

const capabilities = {
  reliable: true,
  ordered: true,
  maxFrameBytes: 100_000,
  dialTimeoutMs: 1_000,
  deadPeerMs: 1_000,
};

/** A transport that does as it should but for what the test puts in its place. */
function odd(transport: Partial<Transport> & { connection?: object } = {}): Transport {
  const connection = {
    localWhere: "here",
    remoteWhere: "there",
    start: () => {},
    send: () => undefined,
    close: async () => {},
    ...transport.connection,
  } as unknown as Connection;
  return {
    name: "odd",
    capabilities,
    dial: () => Promise.resolve(connection),
    listen: () => Promise.reject(new Error("not here")),
    ...transport,
  };
}

describe("a transport", () => {
  it.each<[string, object | null]>([
    ["null", null],
    ["without a name", { name: undefined }],
    ["named in capitals", { name: "TCP" }],
    ["named with a #", { name: "a#b" }],
    ["without dial", { dial: undefined }],
    ["without listen", { listen: 5 }],
    ["without capabilities", { capabilities: undefined }],
    ["with an endless frame", { capabilities: { ...capabilities, maxFrameBytes: Number.POSITIVE_INFINITY } }],
  ])("that is %s is refused with the node", (_, fault) => {
    const transports = [fault === null ? null : odd(fault)] as never;
    expect(() => node({ transports })).toThrow(refused("OPTION_INVALID"));
  });

  it.each<[string, () => unknown, string]>([
    [
      "throws at once",
      () => {
        throw new TypeError("at once");
      },
      "TRANSPORT_FAILED",
    ],
    ["rejects with something else", () => Promise.reject("no"), "TRANSPORT_FAILED"],
    ["returns nothing", () => undefined, "TRANSPORT_FAILED"],
    ["resolves with nothing", () => Promise.resolve(undefined), "TRANSPORT_FAILED"],
    [
      "resolves with no connection",
      () => Promise.resolve({ close: () => Promise.reject(new Error("x")) }),
      "TRANSPORT_FAILED",
    ],
    ["never answers", () => new Promise(() => {}), "CONNECTION_TIMED_OUT"],
  ])("whose dial %s costs that dial alone", async (_, dial, code) => {
    const n1 = node({ transports: [odd({ dial: dial as never })], limits: { dialTimeoutMs: 30 } });
    await expect(n1.connect("odd#x")).rejects.toEqual(refused(code));
    await expect(request(n1.own, ["odd#x", "echo"], "")).rejects.toEqual(refused(code, "odd#x"));
    expect(n1.connections()).toEqual([]);
  });

  it("that dials too late has its connection closed", async () => {
    const close = vi.fn(async () => {});
    let finish: (connection: unknown) => void = () => {};
    const dial = (): Promise<never> =>
      new Promise((resolve) => {
        finish = resolve as never;
      });
    const n1 = node({ transports: [odd({ dial })], limits: { dialTimeoutMs: 10 } });
    await expect(n1.connect("odd#x")).rejects.toEqual(refused("CONNECTION_TIMED_OUT"));
    finish({ localWhere: "a", remoteWhere: "b", start: () => {}, send: () => {}, close });
    await vi.waitFor(() => expect(close).toHaveBeenCalledOnce());
  });

  it.each<[string, () => unknown]>([
    [
      "throws at once",
      () => {
        throw new TypeError("at once");
      },
    ],
    ["returns nothing", () => undefined],
    [
      "gives a listener that is nowhere",
      () =>
        Promise.resolve({
          where: undefined,
          close: () => {
            throw new Error("x");
          },
        }),
    ],
  ])("whose listen %s fails with a code", async (_, listen) => {
    const n1 = node({ transports: [odd({ listen: listen as never })] });
    await expect(n1.listen("odd#x")).rejects.toMatchObject({
      code: expect.stringMatching(/TRANSPORT_FAILED|ADDRESS_INVALID/),
    });
    expect(n1.listeners()).toEqual([]);
  });

  it.each<[string, object]>([
    ["send returns something else than a promise", { send: () => true }],
    ["send's promise rejects", { send: () => Promise.reject(new Error("x")) }],
    [
      "close throws at once",
      {
        close: () => {
          throw new Error("x");
        },
      },
    ],
    ["close rejects", { close: () => Promise.reject(new Error("x")) }],
  ])("of whose connection %s hurts nobody", async (_, connection) => {
    const n1 = node({ transports: [odd({ connection })] });
    const { worker, close } = await n1.connect("odd#x");
    await n1.send({ onwardRoute: [worker, "x"], payload: "" });
    await n1.send({ onwardRoute: [worker, "x"], payload: "" });
    await settle();
    await close.call(n1.connections()[0]);
    await settle();
    expect(n1.connections()).toEqual([]);
  });

  it("whose connection throws on start, or delivers no bytes, loses that connection", async () => {
    const start = (): never => {
      throw new Error("x");
    };
    const n1 = node({ transports: [odd({ connection: { start } })] });
    await expect(n1.connect("odd#x", { keep: false })).rejects.toEqual(refused("TRANSPORT_FAILED"));
    let handlers: ConnectionHandlers | undefined;
    const n2 = node({
      transports: [
        odd({
          connection: {
            start: (given: ConnectionHandlers) => {
              handlers = given;
            },
          },
        }),
      ],
    });
    const connection = await n2.connect("odd#x", { keep: false });
    expect(() => handlers?.onFrame("text" as never)).not.toThrow();
    expect(connection.lastFailure).toEqual(refused("TRANSPORT_FAILED"));
    expect(n2.connections()).toEqual([]);
  });

  it("that accepts something else than a connection is told so, and the listener lives", async () => {
    let accept: (connection: unknown) => void = () => {};
    const listen: Transport["listen"] = (_, { onConnection }) => {
      accept = onConnection as never;
      return Promise.resolve({ where: "l", close: async () => {}, [Symbol.asyncDispose]: async () => {} });
    };
    const n1 = node({ transports: [odd({ listen })] });
    await n1.listen("odd#l");
    expect(() => accept({ localWhere: "a" })).toThrow(refused("TRANSPORT_FAILED"));
    expect(n1.connections()).toEqual([]);
    expect(n1.listeners()).toHaveLength(1);
  });
});
