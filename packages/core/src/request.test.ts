import { describe, expect, it } from "vitest";
import type { Message, OutgoingMessage } from "./message.js";
import { request } from "./request.js";
import type { MessageHandler, WorkerHost } from "./worker.js";

/** A host with one worker at a time, whose `send` is given by the test. */
function hostWith(
  onSend: (message: OutgoingMessage, reply: MessageHandler) => void,
): WorkerHost & { open: number } {
  let handler: MessageHandler = () => {};
  const host = {
    open: 0,
    startWorker: (next: MessageHandler) => {
      handler = next;
      host.open++;
      const close = async (): Promise<void> => {
        host.open--;
      };
      return { address: "reply", close, [Symbol.asyncDispose]: close };
    },
    send: (message: OutgoingMessage) => {
      onSend(message, (reply) => handler(reply));
      return undefined;
    },
    watch: () => () => {},
  };
  return host;
}

const payload = new Uint8Array([1]);
const reply: Message = { onwardRoute: [], returnRoute: [], payload, hopCount: 1 };

describe("request()", () => {
  it("resolves with the first reply and stops its worker", async () => {
    const host = hostWith((message, answer) => {
      expect(message.returnRoute).toEqual(["reply"]);
      void answer(reply);
    });
    expect(await request(host, { onwardRoute: ["echo"], payload })).toBe(reply);
    expect(host.open).toBe(0);
  });

  it("rejects with the code, reason and hop of a refusal", async () => {
    const refusal = { code: "WORKER_NOT_FOUND", hop: "nobody", reason: "Cannot deliver" } as const;
    const host = hostWith((_, answer) => void answer({ ...reply, refusal }));
    await expect(request(host, { onwardRoute: ["nobody"], payload })).rejects.toMatchObject({
      code: "WORKER_NOT_FOUND",
      hop: "nobody",
      message: "Cannot deliver",
    });
    expect(host.open).toBe(0);
  });

  it("rejects with TIMED_OUT, naming the route, when nothing comes", async () => {
    const host = hostWith(() => {});
    await expect(request(host, { onwardRoute: ["a", "b"], payload }, { timeoutMs: 5 })).rejects.toMatchObject(
      {
        code: "TIMED_OUT",
        message: expect.stringContaining("a => b"),
      },
    );
    expect(host.open).toBe(0);
  });

  it("rejects with ABORTED and sends nothing when the signal is already aborted", async () => {
    let sent = 0;
    const host = hostWith(() => sent++);
    const signal = AbortSignal.abort();
    await expect(request(host, { onwardRoute: ["a"], payload }, { signal })).rejects.toMatchObject({
      code: "ABORTED",
    });
    expect(sent).toBe(0);
  });

  it("rejects when the signal aborts later", async () => {
    const controller = new AbortController();
    const host = hostWith(() => queueMicrotask(() => controller.abort()));
    const pending = request(host, { onwardRoute: ["a"], payload }, { signal: controller.signal });
    await expect(pending).rejects.toMatchObject({ code: "ABORTED" });
    expect(host.open).toBe(0);
  });

  it("stops its worker when send throws", async () => {
    const host = hostWith(() => {
      throw new Error("bad route");
    });
    await expect(request(host, { onwardRoute: [], payload })).rejects.toThrow("bad route");
    expect(host.open).toBe(0);
  });
});
