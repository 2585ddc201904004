import { createHash } from "node:crypto";
import { join } from "node:path";

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
  /** Tickets and members of the authority that it is. */
  readonly authority: string;
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
    authority: join(folder, "authority.json"),
    process: join(folder, "process.json"),
    socket: socketPath(join(folder, "control.sock")),
    logFolder: join(home, "nodes", name),
  };
}

function socketPath(path: string): string {
  if (process.platform !== "win32") return path;
  return `\\\\.\\pipe\\culvert-${createHash("sha256").update(path).digest("hex").slice(0, digestLength)}`;
}

/** Hex digits of a path's digest in the name of a pipe. 32: 128 bits, so that no two paths meet. */
const digestLength = 32;
