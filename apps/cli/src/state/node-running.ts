import { connect, Socket } from "node:net";
import { isAlive, isOfThisSpace, type ProcessIdentity } from "./process-identity.js";
import { withSocketPath } from "./socket-path.js";
import { systemErrorCode } from "./system-error.js";

/** Longest wait for a control socket to take a connection, in milliseconds. 2,000: the system does it, not the node. */
const acceptTimeoutMs = 2000;

/**
 * Says whether the process of a node still runs. One of another container cannot be told by its number: then it runs when its
 * control socket takes connections.
 */
export async function isRunning(nodeProcess: ProcessIdentity, socketPath: string): Promise<boolean> {
  return isOfThisSpace(nodeProcess) ? isAlive(nodeProcess) : accepts(socketPath);
}

/** What connecting says when nobody has the socket open. Anything else may mean that somebody has. */
const absent: ReadonlySet<string> = new Set(["ECONNREFUSED", "ENOENT", "ENOTDIR"]);

function accepts(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTo(socketPath);
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    // One that is so busy that it takes nothing runs.
    socket.setTimeout(acceptTimeoutMs, () => settle(true));
    socket
      .once("connect", () => settle(true))
      .once("error", (error) => settle(!absent.has(systemErrorCode(error) ?? "")));
  });
}

/** Connects to a control socket. */
export function connectTo(socketPath: string): Socket {
  try {
    return withSocketPath(socketPath, (path) => connect(path));
  } catch (error) {
    // The folder is not there, so neither is the socket.
    const socket = new Socket();
    return socket.destroy(error as Error);
  }
}
