import type { Address, Message, Payload, WorkerHandle, WorkerHost } from "@x/core";
import type { ServiceOptions } from "./service-options.js";

/** A named service. */
export interface ReplierOptions extends ServiceOptions {
  readonly address: Address;
  readonly type: string;
}

/** Starts a worker that answers each message with a payload made from it, and nothing else. */
export function startReplier(
  host: WorkerHost,
  answer: (message: Message) => Payload,
  options: ReplierOptions,
): WorkerHandle {
  const returnRoute = [options.address];
  // It does not wait: the node brings congestion on the way back to whoever asked, and others' messages go on.
  const reply = (message: Message): void => void message.reply(answer(message), { returnRoute });
  return host.startWorker(reply, { exposure: "network", ...options });
}
