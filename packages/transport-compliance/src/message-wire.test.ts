import { CulvertError, type ListenOptions, type Transport } from "@x/core";
import {
  type GuestSource,
  givenUp,
  listenerDefaults,
  listenForMessages,
  type MessageWire,
  messageDefaults,
  messageRanges,
  newTransportShares,
  openMessages,
  resolveLimits,
} from "@x/transport-kit";
import { describe, it } from "vitest";
import { describeTransport } from "./index.js";

/** One end of a wire within this process, whose messages take a turn of the event loop. */
class PairedWire implements MessageWire {
  readonly localWhere: string;
  readonly remoteWhere: string;
  readonly source = "here";
  waitingBytes = 0;
  peer: PairedWire | undefined;
  isCut = false;
  #onMessage: (message: Uint8Array) => void = () => {};
  #onEnd: (() => void) | undefined;
  #early: Uint8Array[] = [];
  #isClosed = false;

  constructor(localWhere: string, remoteWhere: string) {
    this.localWhere = localWhere;
    this.remoteWhere = remoteWhere;
  }

  send(message: Uint8Array): void {
    if (this.#isClosed) throw new Error("closed");
    this.waitingBytes += message.length;
    setImmediate(() => {
      if (this.isCut) return;
      this.waitingBytes -= message.length;
      this.peer?.take(message);
    });
  }

  read(onMessage: (message: Uint8Array) => void, onEnd: () => void): void {
    this.#onMessage = onMessage;
    this.#onEnd = onEnd;
    for (const message of this.#early.splice(0)) onMessage(message);
  }

  close(): void {
    this.destroy();
  }

  destroy(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // Behind what was sent, on either end.
    setImmediate(() => {
      this.end();
      if (!this.isCut) this.peer?.end();
    });
  }

  take(message: Uint8Array): void {
    if (this.#onEnd === undefined) this.#early.push(message);
    else this.#onMessage(message);
  }

  end(): void {
    this.#isClosed = true;
    const onEnd = this.#onEnd;
    this.#onEnd = () => {};
    onEnd?.();
  }
}

interface Place extends GuestSource<MessageWire> {
  accept: (wire: MessageWire) => void;
}

/** Places within this process. */
class Switchboard {
  readonly places = new Map<string, Place>();
  readonly wires: PairedWire[] = [];
  readonly dead = new Set<string>();
  #last = 0;

  listen(where: string): Place {
    checkName(where);
    const name = where === "any" ? `place-${++this.#last}` : where;
    if (this.places.has(name)) throw new CulvertError("LISTEN_ADDRESS_TAKEN", "Cannot listen: taken");
    const place: Place = {
      where: name,
      accept: () => {},
      start: (accept) => {
        place.accept = accept;
      },
      stop: async () => void this.places.delete(name),
    };
    this.places.set(name, place);
    return place;
  }

  dial(where: string): PairedWire {
    checkName(where);
    const place = this.places.get(where);
    if (place === undefined)
      throw new CulvertError("CONNECTION_REFUSED", "Cannot dial: nobody listens there");
    const near = new PairedWire(`dialler-${++this.#last}`, where);
    const far = new PairedWire(where, near.localWhere);
    near.peer = far;
    far.peer = near;
    near.isCut = far.isCut = this.dead.has(where);
    this.wires.push(near, far);
    place.accept(far);
    return near;
  }

  cut(where: string): void {
    this.dead.add(where);
    for (const wire of this.wires)
      if (wire.localWhere === where || wire.remoteWhere === where) wire.isCut = true;
  }
}

function checkName(where: unknown): void {
  if (typeof where === "string" && where !== "" && !where.includes("\0")) return;
  throw new CulvertError("ADDRESS_INVALID", "Cannot use that as a place");
}

const defaults = { ...messageDefaults, ...listenerDefaults };

function pairedTransport(board: Switchboard): Transport {
  const given = { handshakeTimeoutMs: 500, deadPeerMs: 1_000, closeTimeoutMs: 300 };
  const limits = resolveLimits<typeof defaults>("paired", defaults, given, messageRanges);
  const settings = { ...limits, onReport: () => {} };
  const shares = newTransportShares(settings);
  const { maxFrameBytes, deadPeerMs, handshakeTimeoutMs } = settings;
  return {
    name: "paired",
    capabilities: {
      reliable: true,
      ordered: true,
      maxFrameBytes,
      dialTimeoutMs: handshakeTimeoutMs,
      deadPeerMs,
    },
    dial: async (where, { signal } = {}) => {
      if (signal?.aborted) throw givenUp(where);
      return openMessages(board.dial(where), settings, shares, signal);
    },
    listen: async (where: string, options: ListenOptions) =>
      listenForMessages(board.listen(where), options, settings, shares),
  };
}

describeTransport(
  "a transport of message connections",
  () => {
    const board = new Switchboard();
    return {
      create: () => pairedTransport(board),
      listenWhere: () => "any",
      detour: async (where) => ({ where, cut: () => board.cut(where), close: async () => {} }),
    };
  },
  { describe, it },
);
