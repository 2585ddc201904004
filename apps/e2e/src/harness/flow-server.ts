import { once } from "node:events";
import type { Socket } from "node:net";
import { Flow, type FlowSpeed } from "./flow.js";

/** What a visitor says first who only wants it said back. */
const echoGreeting = "e";

/** Connects a visitor. */
export type Enter = () => Promise<Socket>;

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

/** A server of the test for visits of one byte, and for transfers. */
export interface FlowServer {
  readonly port: number;
  /**
   * Moves data both ways, each at this speed.
   *
   * @param greeting one character, not `e`: tells transfers apart that begin at once
   */
  transfer(enter: Enter, speed: FlowSpeed, greeting?: string): Promise<Transfer>;
}

/** Starts the server. `listen` accepts connections, hands them over, and gives its port. */
export async function startFlowServer(
  listen: (onSocket: (socket: Socket) => void) => Promise<number>,
): Promise<FlowServer> {
  const expected = new Map<string, (socket: Socket) => void>();
  const port = await listen((socket) => {
    socket.once("readable", () => {
      const greeting = String(socket.read(1));
      if (greeting === echoGreeting) socket.end(greeting);
      else expected.get(greeting)?.(socket);
    });
  });
  const transfer: FlowServer["transfer"] = async (enter, speed, greeting = "t") => {
    const flows = { down: new Flow(), up: new Flow() };
    const served = new Promise<void>((resolve, reject) => {
      expected.set(greeting, (socket) => {
        flows.down.pour(socket, speed);
        flows.up.drain(socket).then(resolve, reject);
      });
    });
    const visitor = await enter();
    visitor.write(greeting);
    flows.up.pour(visitor, speed);
    const drained = Promise.all([flows.down.drain(visitor), served]);
    drained.catch(() => {});
    const finish = async (): Promise<void> => {
      for (const flow of Object.values(flows)) flow.stop();
      await drained;
    };
    return { ...flows, drained, finish, abandon: () => void visitor.destroy() };
  };
  return { port, transfer };
}

/** Opens a connection to the server and gets one byte back. Rejects when that fails. */
export async function visitServer(enter: Enter): Promise<void> {
  const socket = await enter();
  const ended = new AbortController();
  const { signal } = ended;
  socket.once("end", () => ended.abort());
  socket.write(echoGreeting);
  try {
    // A reset is an error event, which rejects.
    await once(socket.resume(), "data", { signal });
  } finally {
    socket.destroy();
  }
}
