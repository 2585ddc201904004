import { once } from "node:events";
import type { Socket } from "node:net";
import { Flow, type FlowSpeed } from "../harness/flow.js";
import { portOf } from "../harness/ports.js";
import type { Agent } from "./agent.js";
import { type Lab, publicAddress } from "./lab.js";

/** The transport of both legs of a portal. */
export type Leg = "tcp" | "udp";

/** How a visitor reaches the server: through a portal, or directly, for comparison, where nothing is between them but the line of home a. */
export type Way = Leg | "direct";

/** Both kinds of legs. */
export const legs: readonly Leg[] = ["tcp", "udp"];

/** The port of the relay's node. */
export const relayPort = 7_000;

/** What a visitor says first: one byte. The server says `e` back; the others are transfers, by their legs. */
const greetings = { echo: "e", tcp: "t", udp: "u", direct: "d" } as const;

/** A transfer in both directions at once. */
export interface Transfer {
  /** From the server to the visitor. */
  readonly down: Flow;
  /** From the visitor to the server. */
  readonly up: Flow;
  /** Resolves when both directions have ended in good order, and rejects when an end is reset. */
  readonly drained: Promise<unknown>;
  /** Both directions stop; resolves when everything has arrived, and rejects when an end is reset. */
  finish(): Promise<void>;
  /** Ends it at once, in whatever state. */
  abandon(): void;
}

/** Two portals from home a, through the relay on the public host, to a server in home b: one over TCP, one over UDP. */
export interface Portals {
  /** Opens a connection to the server and moves data both ways, each at this speed. */
  transfer(way: Way, speed: FlowSpeed): Promise<Transfer>;
  /** Opens a connection to the server and gets one byte back. Rejects when that fails. */
  visit(way: Way): Promise<void>;
}

/** Starts the nodes of the story, and portals over both kinds of legs. */
export async function openPortals({ host, a, b }: Lab): Promise<Portals> {
  const server = await startServer(b.agent, "127.0.0.1");
  const publicServer = await startServer(host.agent, publicAddress);
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
  const enter = async (way: Way, greeting: string): Promise<Socket> => {
    const [address, port] = doors.get(way) ?? ["", 0];
    const socket = await a.agent.connect(address, port);
    socket.write(greeting);
    return socket;
  };
  return {
    visit: async (way) => receiveByte(await enter(way, greetings.echo)),
    transfer: async (way, speed) => {
      const flows = { down: new Flow(), up: new Flow() };
      const served = (way === "direct" ? publicServer : server).expect(greetings[way], flows, speed);
      const visitor = await enter(way, greetings[way]);
      flows.up.pour(visitor, speed);
      const drained = Promise.all([flows.down.drain(visitor), served]);
      drained.catch(() => {});
      const finish = async (): Promise<void> => {
        for (const flow of Object.values(flows)) flow.stop();
        await drained;
      };
      return { ...flows, drained, finish, abandon: () => void visitor.destroy() };
    },
  };
}

async function receiveByte(socket: Socket): Promise<void> {
  const ended = new AbortController();
  const { signal } = ended;
  socket.once("end", () => ended.abort());
  try {
    // A reset is an error event, which rejects.
    await once(socket.resume(), "data", { signal });
  } finally {
    socket.destroy();
  }
}

interface PortalServer {
  readonly port: number;
  /** Who greets with this next takes part in a transfer. Resolves when the visitor's direction has ended in good order. */
  expect(
    greeting: string,
    flows: { readonly down: Flow; readonly up: Flow },
    speed: FlowSpeed,
  ): Promise<void>;
}

/** The user's own server. */
async function startServer(agent: Agent, host: string): Promise<PortalServer> {
  const expected = new Map<string, (socket: Socket) => void>();
  const port = await agent.serve(host, (socket) => {
    socket.once("readable", () => {
      const greeting = String(socket.read(1));
      if (greeting === greetings.echo) socket.end(greeting);
      else expected.get(greeting)?.(socket);
    });
  });
  return {
    port,
    expect: (greeting, flows, speed) =>
      new Promise((resolve, reject) => {
        expected.set(greeting, (socket) => {
          flows.down.pour(socket, speed);
          flows.up.drain(socket).then(resolve, reject);
        });
      }),
  };
}
