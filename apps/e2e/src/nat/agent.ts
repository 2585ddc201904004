import { type ChildProcess, spawn } from "node:child_process";
import { Server, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { listeningPorts } from "../harness/processes.js";
import { attemptTimeoutMs } from "./limits.js";

const agentPath = fileURLToPath(new URL("./agent.mjs", import.meta.url));

interface Answer {
  readonly id: number;
  readonly error?: string;
  readonly port?: number;
}

/** Gives the test sockets of a namespace: a socket stays in the namespace it was made in, whoever holds it. */
export interface Agent {
  /**
   * Opens a TCP connection. The socket is paused, and half-open is allowed.
   *
   * @throws Error with the system's code as its message; ETIMEDOUT when nothing answers
   */
  connect(host: string, port: number): Promise<Socket>;
  /** Listens on a free port of an address and hands over what it accepts. Gives the port. */
  serve(host: string, onSocket: (socket: Socket) => void): Promise<number>;
  /** Ports on which something listens in the namespace. */
  listeningPorts(): number[];
  /** Ends the agent and the servers and sockets it gave. */
  close(): void;
}

/** Starts an agent in a namespace. */
export function startAgent(namespace: string): Agent {
  const child = spawn("ip", ["netns", "exec", namespace, process.execPath, agentPath], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const given = new Set<Server | Socket>();
  const ask = asker(child);
  const connect: Agent["connect"] = async (host, port) => {
    const { handle } = await ask({ connectTo: { host, port }, timeoutMs: attemptTimeoutMs });
    return adopt(handle as Socket, given);
  };
  const serve: Agent["serve"] = async (host, onSocket) => {
    const { answer, handle } = await ask({ listenOn: { host, port: 0 } });
    const server = handle as Server;
    given.add(server);
    server.on("connection", (socket) => onSocket(adopt(socket, given)));
    return answer.port ?? 0;
  };
  const close = (): void => {
    for (const handle of given) handle instanceof Server ? handle.close() : handle.destroy();
    if (child.connected) child.disconnect();
  };
  return { connect, serve, close, listeningPorts: () => listeningPorts(child.pid ?? 0) };
}

function asker(child: ChildProcess): (question: object) => Promise<{ answer: Answer; handle: unknown }> {
  const waiting = new Map<number, (answer: Answer, handle: unknown) => void>();
  let asked = 0;
  child.on("message", (answer: Answer, handle) => waiting.get(answer.id)?.(answer, handle));
  child.on("exit", () => {
    for (const [id, settle] of waiting) settle({ id, error: "the agent has ended" }, undefined);
  });
  return (question) =>
    new Promise((resolve, reject) => {
      const id = ++asked;
      waiting.set(id, (answer, handle) => {
        waiting.delete(id);
        if (answer.error === undefined) resolve({ answer, handle });
        else reject(new Error(answer.error));
      });
      child.send({ id, ...question });
    });
}

function adopt(socket: Socket, given: Set<Server | Socket>): Socket {
  given.add(socket);
  socket.allowHalfOpen = true;
  socket.on("error", () => {});
  socket.once("close", () => given.delete(socket));
  return socket;
}
