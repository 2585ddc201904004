import { CulvertError } from "./error.js";
import type { Message } from "./message.js";
import type { Route } from "./route.js";
import { formatRoute } from "./route.js";
import type { WorkerHost } from "./worker.js";

export interface RequestOptions {
  /** Longest wait for the reply, in milliseconds. Default 10,000: longer than any healthy path, short enough for a person. */
  readonly timeoutMs?: number;
  /** Gives up the wait; `request` then rejects with ABORTED. */
  readonly signal?: AbortSignal;
}

const defaultTimeoutMs = 10_000;

/**
 * Sends a message from a worker made for it and resolves with the first reply.
 *
 * @throws CulvertError the code of the refusal, with its `hop`, when a hop refuses; TIMED_OUT; ABORTED; and what `send` throws
 */
export async function request(
  host: WorkerHost,
  message: { readonly onwardRoute: Route; readonly payload: Uint8Array },
  options: RequestOptions = {},
): Promise<Message> {
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const { promise, settle } = firstReply();
  const worker = host.startWorker(settle.reply, { exposure: "network", type: "request" });
  const timer = setTimeout(() => {
    const route = formatRoute(message.onwardRoute);
    settle.fail(
      new CulvertError("TIMED_OUT", `Cannot get a reply from ${route}: none came within ${timeoutMs} ms`),
    );
  }, timeoutMs);
  const onAbort = (): void =>
    settle.fail(new CulvertError("ABORTED", "Cannot get a reply: the request was given up"));
  options.signal?.addEventListener("abort", onAbort);
  try {
    if (options.signal?.aborted) onAbort();
    else void host.send({ ...message, returnRoute: [worker.address] });
    return await promise;
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", onAbort);
    void worker.close();
  }
}

interface Settle {
  readonly reply: (message: Message) => void;
  readonly fail: (error: CulvertError) => void;
}

function firstReply(): { promise: Promise<Message>; settle: Settle } {
  let settle: Settle | undefined;
  const promise = new Promise<Message>((resolve, reject) => {
    settle = {
      fail: reject,
      reply: (message) => {
        if (message.refusal === undefined) resolve(message);
        else reject(refusalError(message));
      },
    };
  });
  // The promise constructor runs its function before it returns.
  return { promise, settle: settle as unknown as Settle };
}

/** The error a negative reply stands for. */
export function refusalError(message: Message): CulvertError {
  const { code, hop, reason } = message.refusal ?? {
    code: "INTERNAL",
    hop: "",
    reason: "no refusal in message",
  };
  return new CulvertError(code, reason, { hop });
}
