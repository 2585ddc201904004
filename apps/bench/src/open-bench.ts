import type { Chain } from "./chains/chain.js";
import { closeAllCommands } from "./process/command.js";
import { startRole } from "./process/role.js";
import type { Progress } from "./report/progress.js";
import type { LoadClientOperations } from "./roles/load-client.js";
import type { LoadServerOperations } from "./roles/load-server.js";
import type { Bench } from "./rows/row.js";
import type { Settings } from "./settings.js";

/** A bench whose load processes run, until it is closed. */
export interface OpenBench extends Bench {
  close(): Promise<void>;
}

/** Starts the load processes: two clients and two servers. */
export async function openBench(
  settings: Settings,
  progress: Progress,
  chains: readonly Chain[],
): Promise<OpenBench> {
  const [client, otherClient] = await Promise.all([startClient(), startClient()]);
  const [server, otherServer] = await Promise.all([startServer(), startServer()]);
  const roles = [client, otherClient, server, otherServer];
  return {
    settings,
    progress,
    warnings: [],
    chains: chains.filter((chain) => chain.missing() === undefined),
    client,
    otherClient,
    server,
    otherServer,
    targets: [await server.call("port", undefined), await otherServer.call("port", undefined)],
    close: async () => {
      await Promise.all([closeAllCommands(), ...roles.map((role) => role.close())]);
    },
  };
}

const startClient = () => startRole<LoadClientOperations>("load-client");
const startServer = () => startRole<LoadServerOperations>("load-server");
