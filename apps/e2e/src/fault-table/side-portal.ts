import { eventually } from "../harness/eventually.js";
import { portOf } from "../harness/ports.js";
import type { Chain } from "./chain.js";

/** A second portal over the nodes of a chain, to a place of its own. */
export interface SidePortal {
  /** The inlet's port. */
  readonly port: number;
  /** Waits until the inlet shows this code as its last failure. */
  showsFailure(code: string | RegExp): Promise<void>;
}

let made = 0;

/** Leads a portal to `host:port`, over the same nodes or to another one. */
export async function openSidePortal(
  chain: Chain,
  place: string,
  outlet: { readonly at: string; readonly route: string } = { at: "far", route: chain.route },
): Promise<SidePortal> {
  const { workspace, show } = chain;
  const { at, route } = outlet;
  const address = `side-${++made}`;
  await workspace.ok(`tcp-outlet create --at ${at} --from ${address} --to ${place}`);
  const where = await workspace.ok(`tcp-inlet create ${address} --at near --to ${route}/service/${address}`);
  await chain.markSockets();
  const failure = async (): Promise<string> =>
    (await show("near")).inlets.find(({ alias }) => alias === address)?.last_failure ?? "";
  return {
    port: portOf(where),
    showsFailure: async (code) => {
      await eventually(`the inlet shows ${code}`, async () => (await failure()).search(code) !== -1);
    },
  };
}
