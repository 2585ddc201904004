import type { Address, Message, WorkerHandle, WorkerHost } from "@x/core";
import type { ServiceOptions } from "./service-options.js";

/** A named service. */
export interface ReplierOptions extends ServiceOptions {
  readonly address: Address;
  readonly type: string;
}

/** Starts a worker that answers each message with a payload made from its payload, and nothing else. */
export function startReplier(
  host: WorkerHost,
  answer: (payload: Uint8Array) => Uint8Array,
  options: ReplierOptions,
): WorkerHandle {
  const returnRoute = [options.address];
  const reply = (message: Message): void => {
    // A refusal of an earlier reply, or a message that nobody waits behind.
    if (message.refusal !== undefined || message.returnRoute.length === 0) return;
    const { returnRoute: onwardRoute, local } = message;
    const outgoing = { onwardRoute, returnRoute, payload: answer(message.payload) };
    // With its origin on it, a reply that meets congestion slows whoever asked. Waiting here would slow the others too.
    void host.send(local === undefined ? outgoing : { ...outgoing, local });
  };
  return host.startWorker(reply, { exposure: "network", ...options });
}
