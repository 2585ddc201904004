import type { HeaderFields, Message, Origin, Route } from "@x/core";
import { headBytes, rememberedHeads } from "./limits.js";
import { headOf } from "./wire/bytes.js";

/** What is left of a message that was sealed and sent. */
export interface SentHead {
  /** The session and the number of its record. */
  readonly session: string;
  readonly counter: number;
  readonly returnRoute: Route;
  readonly fields: HeaderFields | undefined;
  readonly origin: Origin;
  /** The first bytes of its payload. */
  readonly head: Uint8Array;
}

/** Remembers the last messages, so that a refusal of a record reaches whoever sent what was in it. */
export class SentHeads {
  readonly #heads: (SentHead | undefined)[] = [];

  note(session: string, counter: number, message: Message): void {
    if (!message.canReply) return;
    const { returnRoute, fields, origin } = message;
    const head = headOf(message.parts ?? [message.payload], headBytes);
    this.#heads[counter % rememberedHeads] = { session, counter, returnRoute, fields, origin, head };
  }

  /** Finds a message and forgets it: it is refused once. */
  take(session: string, counter: number): SentHead | undefined {
    const at = counter % rememberedHeads;
    const found = this.#heads[at];
    if (found?.session !== session || found.counter !== counter) return undefined;
    this.#heads[at] = undefined;
    return found;
  }
}
