import { setTimeout as sleep } from "node:timers/promises";
import type { Chain } from "../chains/chain.js";
import { closeAllCommands } from "../process/command.js";
import { type Role, startRole } from "../process/role.js";
import type { LoadClientOperations } from "../roles/load-client.js";
import type { LoadServerOperations } from "../roles/load-server.js";
import type { Settings } from "../settings.js";

/** What every row works with. */
export interface Bench {
  readonly settings: Settings;
  /** The chains that can run here. */
  readonly chains: readonly Chain[];
  /** The repository of another build that is measured beside this one. */
  readonly against: string | undefined;
  readonly client: Role<LoadClientOperations>;
  /** A second client, for a load beside another load. */
  readonly otherClient: Role<LoadClientOperations>;
  readonly server: Role<LoadServerOperations>;
  /** A second server, so that an echo does not wait behind a bulk load in one process. */
  readonly otherServer: Role<LoadServerOperations>;
  /** Loopback ports of the two servers. */
  readonly targets: readonly [number, number];
  /** What a reader must know of what happened meanwhile; the row that is run takes them as notes. */
  readonly warnings: string[];
  /** Prints one line on standard error, with the time since the start. */
  say(text: string): void;
  close(): Promise<unknown>;
}

/** Starts the load processes: two clients and two servers. */
export async function openBench(options: Pick<Bench, "settings" | "chains" | "against">): Promise<Bench> {
  const startedAt = performance.now();
  const [client, otherClient, server, otherServer] = await Promise.all([
    startRole<LoadClientOperations>("load-client"),
    startRole<LoadClientOperations>("load-client"),
    startRole<LoadServerOperations>("load-server"),
    startRole<LoadServerOperations>("load-server"),
  ]);
  const roles = [client, otherClient, server, otherServer];
  return {
    ...options,
    client,
    otherClient,
    server,
    otherServer,
    targets: [await server.call("port"), await otherServer.call("port")],
    warnings: [],
    say: (text) => {
      const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
      process.stderr.write(`${seconds.padStart(4)} s  ${text}\n`);
    },
    close: () => Promise.all([closeAllCommands(), ...roles.map((role) => role.close())]),
  };
}

const quietTimeoutMs = 5_000;

/** Connections that did not close in time, for each bench: nobody waits for them twice. */
const stuck = new WeakMap<Bench, number>();

/**
 * Waits until the servers have no connection left, so that one measurement's rest does not burden the next.
 * A chain that leaves connections open for 5 s gets a warning.
 *
 * @param after the chain that was measured
 */
export async function waitForQuiet(bench: Bench, after: string): Promise<void> {
  const endsAt = performance.now() + quietTimeoutMs;
  let open = await countOpen(bench);
  const known = Math.min(stuck.get(bench) ?? 0, open);
  for (; open > known && performance.now() < endsAt; open = await countOpen(bench)) await sleep(5);
  stuck.set(bench, open);
  if (open <= known) return;
  const what = `${open - known} connections to the server open for ${quietTimeoutMs / 1_000} s after their visitors had gone`;
  bench.warnings.push(`${after} left ${what}.`);
}

async function countOpen({ server, otherServer }: Bench): Promise<number> {
  return (await server.call("connections")) + (await otherServer.call("connections"));
}
