import type { Address } from "./address.js";
import { CulvertError } from "./error.js";
import type { HeaderFields, Message, Payload } from "./message.js";
import { checkMs } from "./options.js";
import { formatRoute, type Route } from "./route.js";
import type { WorkerHost } from "./worker.js";

/** How to ask for one reply. */
export interface RequestOptions {
  /** Longest wait for a reply, in milliseconds. Default 10,000: longer than any healthy path, short enough for a person. */
  readonly timeoutMs?: number;
  /** Gives up the wait; `request` then rejects with ABORTED. */
  readonly signal?: AbortSignal;
  /** Header fields of the request. */
  readonly fields?: HeaderFields;
  /** Hops that count as passed already, as in {@link OutgoingMessage}. */
  readonly hopCount?: number;
}

/** How to ask for many replies. */
export interface RequestManyOptions extends RequestOptions {
  /** Ends after so many replies. Default: no limit. */
  readonly maxReplies?: number;
  /** Ends, in good order, when no further reply came for so long, in milliseconds. Default: as `timeoutMs`. */
  readonly stallMs?: number;
}

const defaultTimeoutMs = 10_000;

/**
 * Sends a message from a worker made for it and resolves with the first reply.
 * An application's error is a reply too: its `error` has the code.
 *
 * ```ts
 * const reply = await request(node.own, ["tcp#127.0.0.1:7000", "uppercase"], "hello");
 * reply.text(); // HELLO
 * ```
 *
 * @throws CulvertError the code of the refusal, with its `hop`, when a hop refuses; OPTION_INVALID; TIMED_OUT; ABORTED; and what
 * `send` throws
 */
export async function request(
  host: WorkerHost,
  route: Route,
  payload: Payload,
  options: RequestOptions = {},
): Promise<Message> {
  for await (const reply of requestMany(host, route, payload, { ...options, maxReplies: 1 })) return reply;
  throw timedOut(route, options.timeoutMs ?? defaultTimeoutMs);
}

/**
 * Sends a message and gives each reply as it comes. A reply waits until it is asked for, so that a slow reader slows the sender.
 * It ends after `maxReplies`, after a silence of `stallMs`, and when one stops iterating.
 *
 * @throws CulvertError as `request`; TIMED_OUT when not even one reply came in time
 */
export async function* requestMany(
  host: WorkerHost,
  route: Route,
  payload: Payload,
  options: RequestManyOptions = {},
): AsyncGenerator<Message, void, void> {
  const timeoutMs = checkMs("timeoutMs", options.timeoutMs ?? defaultTimeoutMs);
  const stallMs = checkMs("stallMs", options.stallMs ?? timeoutMs);
  const { maxReplies = Number.POSITIVE_INFINITY, signal, fields, hopCount = 0 } = options;
  const replies = new Replies(signal);
  const worker = host.startWorker((message) => replies.take(message), {
    exposure: "network",
    type: "request",
  });
  try {
    const returnRoute: readonly Address[] = [worker.address];
    const message = { onwardRoute: route, returnRoute, payload, hopCount };
    if (!signal?.aborted) void host.send(fields === undefined ? message : { ...message, fields });
    for (let count = 0; count < maxReplies; count++) {
      const reply = await replies.next(count === 0 ? timeoutMs : stallMs);
      if (reply === undefined && count === 0) throw timedOut(route, timeoutMs);
      if (reply === undefined) return;
      if (reply.refusal !== undefined) throw refusalError(reply);
      yield reply;
    }
  } finally {
    replies.close();
    void worker.close();
  }
}

/** Hands replies over one at a time. */
class Replies {
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => this.#wake();
  #message: Message | undefined;
  /** Lets the worker handle its next message. */
  #taken: (() => void) | undefined;
  #wake: () => void = () => {};

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
    signal?.addEventListener("abort", this.#onAbort);
  }

  take(message: Message): Promise<void> {
    this.#message = message;
    this.#wake();
    return new Promise((resolve) => {
      this.#taken = resolve;
    });
  }

  /** The next reply; nothing when none came within the time. */
  async next(timeoutMs: number): Promise<Message | undefined> {
    this.#taken?.();
    this.#taken = undefined;
    if (this.#message === undefined && !this.#signal?.aborted) await this.#wait(timeoutMs);
    if (this.#signal?.aborted)
      throw new CulvertError("ABORTED", "Cannot get a reply: the request was given up");
    const message = this.#message;
    this.#message = undefined;
    return message;
  }

  close(): void {
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#taken?.();
  }

  #wait(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function timedOut(route: Route, timeoutMs: number): CulvertError {
  const reason = `Cannot get a reply from ${formatRoute(route)}: none came within ${timeoutMs} ms`;
  return new CulvertError("TIMED_OUT", reason);
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
