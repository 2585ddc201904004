import { type Closable, closeAll } from "../process/command.js";

/** Gives a loopback port that leads to `port` over a long path. */
export type Wire = (port: number) => Promise<number>;

/** Where a chain is to run. */
export interface Site {
  /** Loopback ports of the servers. */
  readonly targets: readonly number[];
  /** Puts a long path in front of a port, on the leg that would cross the network; or gives the port itself. */
  readonly wire: Wire;
  /** What the chain starts goes on this list and ends with it, also when its start fails half-way. */
  readonly opened: Closable[];
}

/** A way from a client to a server. */
export interface Chain {
  /** One word, as tables and results name it. */
  readonly name: string;
  /** What it is, in a few words. */
  readonly title: string;
  /** Programs without which it cannot run. Default: none. */
  readonly programs?: readonly string[];
  /** Starts all processes. */
  start(site: Site): Promise<Started>;
}

/** What a chain started. */
export interface Started {
  /** For each target, the loopback port that leads to it. */
  readonly entries: readonly number[];
  /** The processes of the chain, for CPU time and memory, from the visitor's end on. Their children count too. */
  readonly pids: readonly number[];
  /** Makes them give back memory that they need no more, if they can. */
  collectGarbage?(): Promise<unknown>;
}

/** A chain whose processes run. */
export interface RunningChain extends Started {
  readonly name: string;
  /** The first entry. */
  readonly port: number;
}

/** Starts a chain; ends what it started if that fails. */
export async function runChain(
  { name, start }: Chain,
  targets: readonly number[],
  opened: Closable[],
  wire: Wire = async (port) => port,
): Promise<RunningChain> {
  const parts: Closable[] = [];
  opened.push({ close: () => closeAll(parts) });
  const started = await start({ targets, wire, opened: parts });
  return { ...started, name, port: started.entries[0] ?? 0 };
}
