/** A way from a client to a server. Each chain but `direct` has three proxy processes, or more, in between. */
export interface Chain {
  /** One word, as tables and results name it. */
  readonly name: string;
  /** What it is, in a few words. */
  readonly title: string;
  /** Says what is missing on this machine, or nothing when the chain can run. */
  missing(): string | undefined;
  /**
   * Starts all processes.
   *
   * @param targets loopback ports of the servers
   * @param wire puts a long path in front of a port, on the leg that would cross the network. Default: none
   */
  start(targets: readonly number[], wire?: Wire): Promise<RunningChain>;
}

/** Gives a loopback port that leads to `port` over a long path. */
export type Wire = (port: number) => Promise<number>;

/** The wire that is none. */
export const noWire: Wire = async (port) => port;

/** A chain whose processes run. */
export interface RunningChain {
  /** For each target, the loopback port that leads to it. */
  readonly entries: readonly number[];
  /** The processes of the chain, for CPU time and memory. Their children count too. */
  readonly pids: readonly number[];
  /** Ends all processes. Safe to call twice. */
  close(): Promise<void>;
}

/** Things to close when a chain closes, also when its start fails half-way. */
export interface Closable {
  close(): Promise<void>;
}

/** Runs a chain's start with a list to put started things on; closes them if it fails. */
export async function startChain(
  start: (opened: Closable[]) => Promise<Omit<RunningChain, "close">>,
): Promise<RunningChain> {
  const opened: Closable[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(opened.splice(0).map((thing) => thing.close()));
  };
  try {
    return { ...(await start(opened)), close };
  } catch (error) {
    await close();
    throw error;
  }
}
