import { CulvertError, type Message, type OutgoingMessage, type WorkerHost } from "@x/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RouteProber } from "./route-prober.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A host whose `send` is given by the test, and the worker that gets the answers. */
function hostWith(onSend: (message: OutgoingMessage) => void): {
  readonly host: WorkerHost;
  readonly answer: (message: Partial<Message>) => void;
} {
  let handler: (message: Message) => unknown = () => {};
  const close = async (): Promise<void> => {};
  const host: WorkerHost = {
    startWorker: (next) => {
      handler = next;
      const nothing = (): void => {};
      return { address: "prober", close, comeUp: nothing, goDown: nothing, [Symbol.asyncDispose]: close };
    },
    isOwn: true,
    addResolver: () => () => {},
    shared: (key) => key.make(),
    send: (message) => {
      onSend(message);
      return undefined;
    },
    watch: () => () => {},
  };
  const empty = { onwardRoute: [], returnRoute: [], payload: new Uint8Array(), hopCount: 1 };
  return { host, answer: (message) => void handler({ ...empty, ...message } as Message) };
}

const refusal = { code: "WORKER_NOT_FOUND", hop: "x", reason: "" } as const;

describe("RouteProber", () => {
  it("sends a probe again when it is lost", async () => {
    const sent: OutgoingMessage[] = [];
    const { host, answer } = hostWith((message) => {
      if (sent.push(message) === 2)
        queueMicrotask(() => answer({ payload: message.payload as Uint8Array, refusal }));
    });
    const prober = new RouteProber(host, { timeoutMs: 5000 });
    const asking = prober.ask((nobody) => ["hop", nobody]);
    await vi.advanceTimersByTimeAsync(1500);
    expect(await asking).toMatchObject({ nobody: sent[1]?.onwardRoute[1], refusal });
    await vi.advanceTimersByTimeAsync(5000);
    expect(sent).toHaveLength(2);
  });

  it("does not take a late answer to an earlier probe for one to this", async () => {
    const sent: OutgoingMessage[] = [];
    const { host, answer } = hostWith((message) => void sent.push(message));
    const prober = new RouteProber(host, { timeoutMs: 500 });
    const first = prober.ask(() => ["a"]);
    await vi.advanceTimersByTimeAsync(600);
    expect(await first).toBeUndefined();
    const second = prober.ask(() => ["b"]);
    answer({ payload: sent[0]?.payload as Uint8Array, refusal });
    await vi.advanceTimersByTimeAsync(600);
    expect(await second).toBeUndefined();
  });

  it("ends with its signal, and with what send throws", async () => {
    const { host } = hostWith(() => {
      throw new CulvertError("ROUTE_TOO_LONG", "too long");
    });
    const failing = new RouteProber(host, { timeoutMs: 500 }).ask(() => ["a"]);
    await expect(failing).rejects.toMatchObject({ code: "ROUTE_TOO_LONG" });
    const signal = AbortSignal.abort();
    const aborted = new RouteProber(host, { timeoutMs: 500, signal }).ask(() => ["a"]);
    await expect(aborted).rejects.toMatchObject({ code: "ABORTED" });
    expect(vi.getTimerCount()).toBe(0);
  });
});
