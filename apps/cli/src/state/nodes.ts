import { existsSync, readdirSync } from "node:fs";
import { rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { CliError } from "../cli-error.js";
import { isName } from "../syntax/names.js";
import { isJsonObject, readJsonFile, stateFailed, writeJsonFile } from "./json-file.js";
import { withLock } from "./lock.js";
import { type NodeProcess, readProcess } from "./node-files.js";
import { type NodePaths, nodePaths, nodesFolder } from "./node-paths.js";
import { isRunning } from "./node-running.js";
import { systemErrorCode } from "./system-error.js";

/** A node as the state knows it. */
export interface NodeRecord {
  readonly name: string;
  readonly isDefault: boolean;
  readonly status: "running" | "stopped";
  /** Its process, while it runs. */
  readonly process: NodeProcess | undefined;
  readonly paths: NodePaths;
}

/** All nodes of one home folder. A node that does not answer is listed all the same. */
export class NodeStore {
  readonly home: string;

  constructor(home: string) {
    this.home = home;
  }

  /** Every node, by name. */
  async list(): Promise<readonly NodeRecord[]> {
    const names = this.names();
    const defaultName = this.#defaultAmong(names);
    return Promise.all(names.map((name) => this.#record(name, defaultName)));
  }

  /**
   * One node.
   *
   * @throws CliError NODE_NOT_FOUND
   */
  async get(name: string): Promise<NodeRecord> {
    this.check(name);
    return this.#record(name, this.defaultName());
  }

  /**
   * Makes sure that there is such a node.
   *
   * @throws CliError NODE_NOT_FOUND
   */
  check(name: string): void {
    if (this.has(name)) return;
    throw new CliError("NODE_NOT_FOUND", `Cannot find node "${name}": not found among the nodes`, {
      hint: `See \`culvert node list\`, or create it with \`culvert node create ${name}\``,
    });
  }

  /** One node, or nothing. */
  async find(name: string): Promise<NodeRecord | undefined> {
    return this.has(name) ? this.get(name) : undefined;
  }

  /** Whether there is such a node. */
  has(name: string): boolean {
    return this.names().includes(name);
  }

  /**
   * A node whose name differs in nothing but capital letters. Some disks take the two for one, so that the files of one would be
   * those of the other.
   */
  twin(name: string): string | undefined {
    const isTwin = (other: string): boolean => other !== name && other.toLowerCase() === name.toLowerCase();
    return this.names().find(isTwin);
  }

  /** The node commands use when none is named; nothing when there are no nodes. */
  defaultName(): string | undefined {
    return this.#defaultAmong(this.names());
  }

  /**
   * Makes a node the default.
   *
   * @throws CliError NODE_NOT_FOUND, STATE_FAILED
   */
  async setDefault(name: string): Promise<void> {
    this.check(name);
    await writeJsonFile(this.#defaultFile, { name });
  }

  /** Where the state of a node is, whether or not it exists. */
  paths(name: string): NodePaths {
    return nodePaths(this.home, name);
  }

  /** The lock of a node; names that differ in capital letters alone share one. */
  lockPath(name: string): string {
    return join(this.home, "locks", name.toLowerCase());
  }

  /** Runs `work` while no other command starts, stops or deletes this node. */
  async exclusively<T>(name: string, work: () => Promise<T>): Promise<T> {
    return withLock(this.lockPath(name), work);
  }

  /** Removes all files of a node whose process has ended. Nothing there is fine. */
  async remove(name: string): Promise<void> {
    const { folder, logFolder, socket } = this.paths(name);
    const wasDefault = this.#savedDefault() === name;
    for (const path of [folder, logFolder, socket]) await removePath(path);
    // A later node of that name must not be the default for the name's sake.
    if (wasDefault) await removePath(this.#defaultFile);
  }

  /** Removes what Culvert put into the home folder, and the folder when nothing else is in it. The nodes have ended. */
  async removeAll(): Promise<void> {
    const ours = [
      nodesFolder(this.home),
      join(this.home, "nodes"),
      join(this.home, "locks"),
      this.#defaultFile,
      join(this.home, "transports.json"),
      join(this.home, "identities.json"),
      join(this.home, "vaults"),
      join(this.home, "credentials.json"),
      join(this.home, "remembered-listeners.json"),
      join(this.home, "memberships.json"),
    ];
    for (const path of ours) await removePath(path);
    await rmdir(this.home).catch(() => {});
  }

  get #defaultFile(): string {
    return join(this.home, "default-node.json");
  }

  /** The names of all nodes, in order. */
  names(): readonly string[] {
    try {
      return readdirSync(nodesFolder(this.home))
        .filter((name) => isName(name) && this.#isCreated(name))
        .sort();
    } catch (error) {
      // Not there, or below a file: then nothing can be made there either, as whoever tries hears.
      if (["ENOENT", "ENOTDIR"].includes(systemErrorCode(error) ?? "")) return [];
      throw stateFailed("read", nodesFolder(this.home), error);
    }
  }

  /** A folder without settings belongs to a node that is being created or removed. */
  #isCreated(name: string): boolean {
    return existsSync(this.paths(name).settings);
  }

  #defaultAmong(names: readonly string[]): string | undefined {
    // A default that was deleted, or a broken file, must not leave the user without one.
    return names.find((name) => name === this.#savedDefault()) ?? names[0];
  }

  #savedDefault(): string | undefined {
    try {
      return readJsonFile(this.#defaultFile, (value) =>
        isJsonObject(value) && typeof value.name === "string" ? value.name : undefined,
      );
    } catch {
      return undefined;
    }
  }

  async #record(name: string, defaultName: string | undefined): Promise<NodeRecord> {
    const paths = this.paths(name);
    const nodeProcess = readProcess(paths);
    const runs = nodeProcess !== undefined && (await isRunning(nodeProcess, paths.socket));
    return {
      name,
      isDefault: name === defaultName,
      status: runs ? "running" : "stopped",
      process: runs ? nodeProcess : undefined,
      paths,
    };
  }
}

async function removePath(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch((error: unknown) => {
    throw stateFailed("remove", path, error);
  });
}
