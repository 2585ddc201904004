import { Server, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { onFinished } from "../harness/on-finished.js";
import { listeningPorts } from "../harness/processes.js";

const agentPath = fileURLToPath(new URL("./agent.mjs", import.meta.url));

/** Longest try of a connection, in milliseconds. */
const attemptTimeoutMs = 1_500;

interface Answer {
  readonly id: number;
  readonly error?: string;
  readonly port?: number;
}

/** Gives the test sockets of a namespace: a socket stays in the namespace it was made in, whoever holds it. */
export interface Agent {
  /**
   * Opens a TCP connection; half-open is allowed.
   *
   * @throws Error with the system's code as its message; ETIMEDOUT when nothing answers
   */
  connect(host: string, port: number): Promise<Socket>;
  /** Listens on a free port of loopback and hands over what it accepts. Gives the port. */
  serve(onSocket: (socket: Socket) => void): Promise<number>;
  /** Ports on which something listens in the namespace. */
  listeningPorts(): number[];
}

/** Starts an agent behind a command prefix that enters a namespace. It ends with what runs, and with it the sockets it gave. */
export function startAgent([file = "", ...prefix]: readonly string[]): Agent {
  const args = [...prefix, process.execPath, agentPath];
  const child = execa(file, args, { ipc: true, serialization: "json", buffer: false, reject: false });
  const given = new Set<Server | Socket>();
  const waiting = new Map<number, (answer: Answer, handle?: unknown) => void>();
  let asked = 0;
  child.on("message", (answer: Answer, handle) => waiting.get(answer.id)?.(answer, handle));
  void child.then(() => {
    for (const [id, settle] of waiting) settle({ id, error: "the agent has ended" });
  });
  onFinished(() => {
    for (const handle of given) handle instanceof Server ? handle.close() : handle.destroy();
    child.kill("SIGKILL");
  });
  const ask = (question: object): Promise<{ answer: Answer; handle: unknown }> =>
    new Promise((resolve, reject) => {
      const id = ++asked;
      waiting.set(id, (answer, handle) => {
        waiting.delete(id);
        if (answer.error === undefined) resolve({ answer, handle });
        else reject(new Error(answer.error));
      });
      child.send({ id, ...question });
    });
  const adopt = (socket: Socket): Socket => {
    given.add(socket);
    socket.allowHalfOpen = true;
    return socket.on("error", () => {}).once("close", () => given.delete(socket));
  };
  return {
    connect: async (host, port) => {
      const { handle } = await ask({ connectTo: { host, port }, timeoutMs: attemptTimeoutMs });
      return adopt(handle as Socket);
    },
    serve: async (onSocket) => {
      const { answer, handle } = await ask({ listenOn: { host: "127.0.0.1", port: 0 } });
      given.add((handle as Server).on("connection", (socket: Socket) => onSocket(adopt(socket))));
      return answer.port ?? 0;
    },
    listeningPorts: () => listeningPorts(child.pid ?? 0),
  };
}
