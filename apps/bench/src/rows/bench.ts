import { setTimeout as sleep } from "node:timers/promises";
import type { Chain } from "../chains/chain.js";
import { type Closable, closeAll } from "../process/command.js";
import { type Role, startRole } from "../process/role.js";
import type { LoadClientOperations } from "../roles/load-client.js";
import type { LoadServerOperations } from "../roles/load-server.js";
import type { Settings } from "../settings.js";

/** What every row works with. */
export interface Bench extends Closable {
  readonly settings: Settings;
  /** The chains that can run here. */
  readonly chains: readonly Chain[];
  /** The repository of another build that is measured beside this one. */
  readonly against: string | undefined;
  readonly client: Role<LoadClientOperations>;
  /** A second client, for a load beside another load. */
  readonly otherClient: Role<LoadClientOperations>;
  readonly server: Role<LoadServerOperations>;
  /** Loopback ports of two servers, so that an echo does not wait behind a bulk load in one process. */
  readonly targets: readonly number[];
  /** What a reader must know of what happened meanwhile; the row that is run takes them as notes. */
  readonly warnings: string[];
  /** Prints one line on standard error, with the time since the start. */
  say(text: string): void;
  /**
   * Waits until the servers have no connection left, so that one measurement's rest does not burden the next.
   * A chain that leaves connections open for 5 s gets a warning; nobody waits for them twice.
   */
  waitForQuiet(after: string): Promise<void>;
}

const quietTimeoutMs = 5_000;

/** Starts the load processes: two clients and two servers. */
export async function openBench(options: Pick<Bench, "settings" | "chains" | "against">): Promise<Bench> {
  const startedAt = performance.now();
  const roles: Closable[] = [];
  const client = await startRole<LoadClientOperations>(roles, "load-client");
  const otherClient = await startRole<LoadClientOperations>(roles, "load-client");
  const server = await startRole<LoadServerOperations>(roles, "load-server");
  const otherServer = await startRole<LoadServerOperations>(roles, "load-server");
  const warnings: string[] = [];
  const countOpen = async (): Promise<number> =>
    (await server.call("connections")) + (await otherServer.call("connections"));
  let stuck = 0;
  return {
    ...{ ...options, client, otherClient, server, warnings },
    targets: [await server.call("port"), await otherServer.call("port")],
    say: (text) => {
      const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
      process.stderr.write(`${seconds.padStart(4)} s  ${text}\n`);
    },
    waitForQuiet: async (after) => {
      let open = await countOpen();
      const known = Math.min(stuck, open);
      for (const endsAt = performance.now() + quietTimeoutMs; open > known; open = await countOpen()) {
        if (performance.now() > endsAt) break;
        await sleep(5);
      }
      stuck = open;
      if (open > known)
        warnings.push(`${after} left ${open - known} connections to the server open for 5 s.`);
    },
    close: () => closeAll(roles),
  };
}
