import { type Closable, missingCommands } from "../process/command.js";

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

/** A way from a client to a server. Each chain but `direct` has three proxy processes, or two and a network, in between. */
export interface Chain {
  /** One word, as tables and results name it. */
  readonly name: string;
  /** What it is, in a few words. */
  readonly title: string;
  /** Programs without which it cannot run. */
  readonly programs: readonly string[];
  /** Starts all processes. */
  start(site: Site): Promise<Started>;
}

/** What a chain started. */
export interface Started {
  /** For each target, the loopback port that leads to it. */
  readonly entries: readonly number[];
  /** The processes of the chain, for CPU time. Their children count too. */
  readonly pids: readonly number[];
}

/** A chain whose processes run. */
export interface RunningChain extends Started {
  readonly name: string;
  /** Ends all processes. Safe to call twice. */
  close(): Promise<void>;
}

/** Says what is missing on this machine, or nothing when the chain can run. */
export function missingOf({ programs }: Chain): string | undefined {
  return missingCommands(programs);
}

/** Starts a chain; ends what it started if that fails. */
export async function runChain(
  { name, start }: Pick<Chain, "name" | "start">,
  targets: readonly number[],
  wire: Wire = async (port) => port,
): Promise<RunningChain> {
  const opened: Closable[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(opened.splice(0).map((thing) => thing.close()));
  };
  try {
    return { name, ...(await start({ targets, wire, opened })), close };
  } catch (error) {
    await close();
    throw error;
  }
}
