import { createHash } from "node:crypto";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { maxSocketPathBytes } from "./limits.js";

/** Where the state of one node is. */
export interface NodePaths {
  /** Holds all but the logs. */
  readonly folder: string;
  /** How the node was created: {@link NodeSettings}. */
  readonly settings: string;
  /** What the node has and restores: written by the node's process alone. */
  readonly resources: string;
  /** The names of the relays it hosts, with hashes of their owners' tokens. */
  readonly relayNames: string;
  /** The running process: {@link NodeProcess}. */
  readonly process: string;
  /** The control socket; on Windows a named pipe. */
  readonly socket: string;
  /** The logs of a background node. */
  readonly logFolder: string;
}

/** The folder that holds one folder of state per node. */
export function nodesFolder(home: string): string {
  return join(home, "state");
}

/** @param name a checked name: it becomes part of paths */
export function nodePaths(home: string, name: string): NodePaths {
  const folder = join(nodesFolder(home), name);
  return {
    folder,
    settings: join(folder, "settings.json"),
    resources: join(folder, "resources.json"),
    relayNames: join(folder, "relay-names.json"),
    process: join(folder, "process.json"),
    socket: socketPath(join(folder, "control.sock")),
    logFolder: join(home, "nodes", name),
  };
}

/** The folder for sockets whose own path is too long for the platform. Whoever uses it checks that it is the user's. */
function shortSocketFolder(): string {
  return join(tmpdir(), `culvert-${userInfo().uid}`);
}

function socketPath(path: string): string {
  const digest = (): string => createHash("sha256").update(path).digest("hex").slice(0, digestLength);
  if (process.platform === "win32") return `\\\\.\\pipe\\culvert-${digest()}`;
  return Buffer.byteLength(path) <= maxSocketPathBytes ? path : join(shortSocketFolder(), `${digest()}.sock`);
}

/** Hex digits of a path's digest in a short name. 32: 128 bits, so that no two paths meet. */
const digestLength = 32;
