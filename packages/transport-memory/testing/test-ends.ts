import { type Connection, type CulvertError, pinnedBytes, type Transport } from "@x/core";
import {
  type MemoryLink,
  type MemoryNetwork,
  type MemoryOptions,
  type MemoryScheduler,
  memory,
} from "../src/index.js";

/** One end of a connection with what happened at it. */
export interface End {
  readonly connection: Connection;
  /** The frames that arrived, as text. */
  readonly frames: string[];
  readonly reasons: (CulvertError | undefined)[];
  readonly closed: Promise<CulvertError | undefined>;
  stopped: boolean;
  /** Memory that the frames which arrived keep alive. */
  pinnedBytes: number;
}

export type Reaction = (end: End) => (frame: Uint8Array) => Promise<void> | undefined;

/** Starts a connection and keeps what arrives. */
export function record(connection: Connection, reaction?: Reaction): End {
  let onClosed: (reason: CulvertError | undefined) => void = () => {};
  const closed = new Promise<CulvertError | undefined>((resolve) => {
    onClosed = resolve;
  });
  const end: End = { connection, frames: [], reasons: [], closed, stopped: false, pinnedBytes: 0 };
  connection.start({
    onFrame: (frame) => {
      end.pinnedBytes += pinnedBytes(frame);
      end.frames.push(new TextDecoder().decode(frame));
      return reaction?.(end)(frame);
    },
    onClose: (reason) => {
      end.reasons.push(reason);
      onClosed(reason);
    },
  });
  return end;
}

export interface Connected {
  readonly network: MemoryNetwork;
  readonly transport: Transport;
  readonly where: string;
  readonly link: MemoryLink;
  readonly near: End;
  readonly far: End;
}

/** A connection both ends of which are started. */
export async function connected(
  network: MemoryNetwork,
  options: Omit<MemoryOptions, "network"> = {},
  time?: FakeTime,
  reaction?: Reaction,
): Promise<Connected> {
  const transport = memory({ ...options, network });
  const accepted: Connection[] = [];
  const { where } = await transport.listen("", { onConnection: (connection) => accepted.push(connection) });
  const dialling = transport.dial(where);
  time?.advance(0);
  const near = record(await dialling, reaction);
  const link = network.links(where)[0];
  if (link === undefined || accepted[0] === undefined) throw new Error("no link");
  return { network, transport, where, link, near, far: record(accepted[0], reaction) };
}

/** Time that passes only when told to. */
export class FakeTime implements MemoryScheduler {
  #nowMs = 0;
  #lastNumber = 0;
  readonly #tasks = new Map<number, { readonly task: () => void; readonly atMs: number }>();

  now(): number {
    return this.#nowMs;
  }

  setTimer(task: () => void, delayMs: number): () => void {
    const number = ++this.#lastNumber;
    this.#tasks.set(number, { task, atMs: this.#nowMs + delayMs });
    return () => void this.#tasks.delete(number);
  }

  defer(task: () => void): void {
    this.setTimer(task, 0);
  }

  /** Lets time pass and runs what is due, in order. */
  advance(durationMs: number): void {
    const untilMs = this.#nowMs + durationMs;
    for (;;) {
      const due = [...this.#tasks].filter(([, { atMs }]) => atMs <= untilMs);
      const next = due.sort(([, one], [, other]) => one.atMs - other.atMs)[0];
      if (next === undefined) break;
      this.#tasks.delete(next[0]);
      this.#nowMs = next[1].atMs;
      next[1].task();
    }
    this.#nowMs = untilMs;
  }
}

/** One part for each word. */
export function text(...words: string[]): Uint8Array[] {
  return words.map((word) => new TextEncoder().encode(word));
}

/** Resolves after everything deferred ran. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
