import type { Socket } from "node:net";
import type { FlowSpeed } from "../harness/flow.js";
import { startFlowServer, type Transfer, visitServer } from "../harness/flow-server.js";
import { portOf } from "../harness/ports.js";
import { type Lab, publicAddress } from "./lab.js";

/** The transport of both legs of a portal. */
export type Leg = "tcp" | "udp";

/** How a visitor reaches the server: through a portal, or directly, for comparison, where nothing is between them but the line of home a. */
export type Way = Leg | "direct";

/** Both kinds of legs. */
export const legs: readonly Leg[] = ["tcp", "udp"];

/** The port of the relay's node. */
export const relayPort = 7_000;

/** What a visitor says first who begins a transfer, by its legs. */
const greetings = { tcp: "t", udp: "u", direct: "d" } as const;

/** Two portals from home a, through the relay on the public host, to a server in home b: one over TCP, one over UDP. */
export interface Portals {
  /** Opens a connection to the server and moves data both ways, each at this speed. */
  transfer(way: Way, speed: FlowSpeed): Promise<Transfer>;
  /** Opens a connection to the server and gets one byte back. Rejects when that fails. */
  visit(way: Way): Promise<void>;
}

/** Starts the nodes of the story, and portals over both kinds of legs. */
export async function openPortals({ host, a, b }: Lab): Promise<Portals> {
  const server = await startFlowServer((onSocket) => b.agent.serve("127.0.0.1", onSocket));
  const publicServer = await startFlowServer((onSocket) => host.agent.serve(publicAddress, onSocket));
  const place = `${publicAddress}:${relayPort}`;
  await Promise.all([
    host.ok(`node create n2 --tcp-listener-address=${place} --udp-listener-address=${place}`),
    b.ok("node create n3").then(() => b.ok(`tcp-outlet create --at n3 --to 127.0.0.1:${server.port}`)),
    a.ok("node create n1"),
  ]);
  const doors = new Map<Way, readonly [host: string, port: number]>([
    ["direct", [publicAddress, publicServer.port]],
  ]);
  const openLegs = legs.map(async (leg) => {
    await b.ok(`relay create n3-${leg} --at /ip4/${publicAddress}/${leg}/${relayPort} --to n3`);
    const connection = await a.ok(`${leg}-connection create --from n1 --to ${place}`);
    const route = `${connection}/service/forward_to_n3-${leg}/service/outlet`;
    doors.set(leg, ["127.0.0.1", portOf(await a.ok(`tcp-inlet create --at n1 --to ${route}`))]);
  });
  await Promise.all(openLegs);
  const enter = (way: Way): Promise<Socket> => {
    const [address, port] = doors.get(way) ?? ["", 0];
    return a.agent.connect(address, port);
  };
  return {
    visit: (way) => visitServer(() => enter(way)),
    transfer: (way, speed) =>
      (way === "direct" ? publicServer : server).transfer(() => enter(way), speed, greetings[way]),
  };
}
