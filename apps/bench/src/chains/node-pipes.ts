import { startRole } from "../process/role.js";
import type { PipeProxyOperations } from "../roles/pipe-proxy.js";
import { type Chain, noWire, startChain } from "./chain.js";

/** Proxy processes between client and server. */
const processes = 3;

/** Three Node processes that do `a.pipe(b)` both ways. */
export const nodePipesChain: Chain = {
  name: "pipes",
  title: "three Node `a.pipe(b)` proxies",
  missing: () => undefined,
  start: (targets, wire = noWire) =>
    startChain(async (opened) => {
      let entries = await Promise.all(targets.map(wire));
      const pids: number[] = [];
      for (let index = 0; index < processes; index++) {
        const role = await startRole<PipeProxyOperations>("pipe-proxy");
        opened.push(role);
        pids.push(role.pid);
        entries = await Promise.all(entries.map((target) => role.call("join", target)));
      }
      return { entries, pids };
    }),
};
