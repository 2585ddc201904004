import { CliError } from "../cli-error.js";

/**
 * The things of one kind a node has, by name.
 * A name is taken from the moment somebody begins to make the thing, so that two commands at once cannot both make it.
 */
export class NamedEntries<Entry> {
  readonly #what: string;
  readonly #entries = new Map<string, Entry>();
  readonly #reserved = new Set<string>();

  /** @param what the kind, for errors: `relay` */
  constructor(what: string) {
    this.#what = what;
  }

  /**
   * Makes a thing under a name that is taken meanwhile, and free again if making it fails.
   *
   * @throws CliError RESOURCE_NAME_TAKEN, and what `make` throws
   */
  async add(name: string, make: () => Promise<Entry> | Entry): Promise<Entry> {
    if (this.has(name)) throw this.#taken(name);
    this.#reserved.add(name);
    try {
      const entry = await make();
      this.#entries.set(name, entry);
      return entry;
    } finally {
      this.#reserved.delete(name);
    }
  }

  /** Says whether a name is taken. */
  has(name: string): boolean {
    return this.#entries.has(name) || this.#reserved.has(name);
  }

  /** Forgets a thing. */
  remove(name: string): void {
    this.#entries.delete(name);
  }

  /** All things, in the order they were made. */
  list(): readonly Entry[] {
    return [...this.#entries.values()];
  }

  #taken(name: string): CliError {
    return new CliError("RESOURCE_NAME_TAKEN", `Cannot create ${this.#what} "${name}": the name is taken`, {
      hint: `Choose another name, or delete the ${this.#what} "${name}" first`,
    });
  }
}

/** The error for a name that is missing from a list that is not empty. */
export function notFound(what: string, name: string, others: Iterable<string>): CliError {
  return new CliError("RESOURCE_NOT_FOUND", `Cannot find ${what} "${name}": not found on this node`, {
    hint: `There are: ${[...others].slice(0, 10).join(", ")}`,
  });
}
