import type { Resource } from "../registry/resource.js";
import { checkNodeSpec, type NodeSpec } from "../runtime/node-spec.js";
import { isJsonObject, readJsonFile, writeJsonFile } from "../state/json-file.js";
import { saveRetryMs } from "./limits.js";

/** What a node's process keeps for its next start. */
export interface SavedResources {
  readonly version: 1;
  readonly spec: NodeSpec;
  /** The port its HTTP server had. */
  readonly httpServerPort?: number;
}

/**
 * Reads what the last process of a node kept; nothing when the node never ran.
 *
 * @param kinds the kinds of things that are known
 * @throws CliError STATE_CORRUPT, STATE_FAILED
 */
export function readResources(path: string, kinds: readonly Resource[]): SavedResources | undefined {
  return readJsonFile(path, (value) => {
    if (!isJsonObject(value) || value.version !== 1) return undefined;
    const port = value.httpServerPort;
    return {
      version: 1,
      spec: checkNodeSpec(value.spec, kinds),
      ...(typeof port === "number" ? { httpServerPort: port } : {}),
    };
  });
}

/**
 * Keeps a file up to date with what a node has. One write at a time; changes during a write make one more. A write that failed is
 * tried again until one succeeds.
 */
export class ResourceSaver {
  readonly #path: string;
  readonly #read: () => SavedResources;
  #isDirty = false;
  #running: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  readonly #retryMs: number;

  /** @param retryMs from a write that failed to the next, in milliseconds. Default 5,000 */
  constructor(path: string, read: () => SavedResources, retryMs: number = saveRetryMs) {
    this.#retryMs = retryMs;
    this.#path = path;
    this.#read = read;
  }

  /** Tells that the file is out of date. */
  markChanged(): void {
    this.#isDirty = true;
  }

  /**
   * Resolves when the file holds what the node has now. Nothing is written when it does already.
   *
   * @throws CliError STATE_FAILED; the next call tries again
   */
  async save(): Promise<void> {
    while (this.#isDirty || this.#running !== undefined) {
      this.#running ??= this.#write();
      await this.#running;
    }
  }

  async #write(): Promise<void> {
    this.#isDirty = false;
    try {
      await writeJsonFile(this.#path, this.#read());
    } catch (error) {
      this.#isDirty = true;
      this.#retryLater();
      throw error;
    } finally {
      this.#running = undefined;
    }
  }

  #retryLater(): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.save().catch(() => {}), this.#retryMs).unref();
  }
}
