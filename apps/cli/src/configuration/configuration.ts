import { nodeOptions } from "../node-process/node-options.js";
import { type Option, optionKey, ownerOf } from "../registry/option.js";
import { keysOf, type Resource } from "../registry/resource.js";
import { limitFault } from "../runtime/limits/node-limits.js";
import type { AddressSyntax } from "../syntax/multi-address.js";
import type { TransportEntry } from "../transports/transport-entry.js";
import { type Arguments, readArgument } from "./arguments.js";
import { ConfigurationDocument, type OuterVariables, type ValuePath } from "./configuration-document.js";
import type { ConfigurationText } from "./configuration-source.js";
import { type EntryShape, type RawEntry, readEntries } from "./named-entries-of.js";

/** A node that a configuration describes. */
export interface NodeEntry {
  /** Its options as `node create` takes them, and its name if it has one. */
  readonly options: Arguments;
  /** `culvert.yaml, line 3` */
  readonly where: string;
}

/** A resource that a configuration describes. */
export interface ResourceEntry {
  readonly kind: Resource;
  /** Its options as its command takes them. */
  readonly options: Arguments;
  /** The node it was written below. Absent when it was written at the top of a configuration without a node there. */
  readonly below: NodeEntry | undefined;
  readonly where: string;
}

/** What a configuration describes, checked. */
export interface Configuration {
  /** The node of the top level, if the top level says anything of one. */
  readonly node: NodeEntry | undefined;
  readonly nodes: readonly NodeEntry[];
  /** In the order in which they are to be made. */
  readonly resources: readonly ResourceEntry[];
}

export interface ConfigurationOptions {
  readonly variables: OuterVariables;
  /** Whether the top level describes a node, whatever it says. */
  readonly hasNode: boolean;
  /** The kinds of things that nodes can have, in the order in which they are made. */
  readonly kinds: readonly Resource[];
  readonly transports: readonly TransportEntry[];
  readonly addresses: AddressSyntax;
}

/**
 * Reads a configuration.
 *
 * @throws CliError CONFIGURATION_INVALID, naming the line
 */
export function readConfiguration(source: ConfigurationText, options: ConfigurationOptions): Configuration {
  return new ConfigurationReader(source, options).read();
}

class ConfigurationReader {
  readonly #document: ConfigurationDocument;
  readonly #source: string;
  readonly #hasNode: boolean;
  readonly #options: ConfigurationOptions;
  readonly #nodeOptions: readonly Option[];
  readonly #nodeKeys: readonly string[];
  readonly #resourceKeys: ReadonlySet<string>;
  readonly #resources: ResourceEntry[] = [];
  /** What was named so far, to find what is there twice. */
  readonly #names = new Set<string>();

  constructor(source: ConfigurationText, options: ConfigurationOptions) {
    this.#document = new ConfigurationDocument(source, options.variables);
    this.#source = source.source;
    this.#options = options;
    this.#nodeOptions = nodeOptions(options.transports);
    this.#nodeKeys = [...this.#nodeOptions.map(optionKey), "limits"];
    this.#resourceKeys = new Set(options.kinds.flatMap(keysOf));
    this.#hasNode = options.hasNode || this.#nodeKeys.some((key) => this.#document.content.has(key));
  }

  read(): Configuration {
    const { content } = this.#document;
    const topKeys = ["version", "variables", ...this.#nodeKeys, ...this.#resourceKeys, "nodes"];
    for (const key of content.keys()) {
      if (!topKeys.includes(key)) throw this.#document.error([key], unknownKey(key, topKeys));
    }
    const version = content.get("version");
    if (content.has("version") && version !== "1") {
      throw this.#document.error(["version"], `version ${String(version)} is unknown: the only one is 1`);
    }
    const ownArgs = new Map([...content].filter(([key]) => this.#nodeKeys.includes(key)));
    const node = this.#hasNode ? this.#node({ path: [], args: ownArgs }) : undefined;
    const nodes = content.has("nodes") ? this.#nodes(content.get("nodes")) : [];
    // Below one node alone there is no doubt where a resource belongs.
    this.#readResources([], content, node ?? (nodes.length === 1 ? nodes[0] : undefined));
    if (node === undefined && nodes.length === 0 && this.#resources.length === 0) {
      throw this.#document.error([], "it describes nothing");
    }
    const { kinds } = this.#options;
    const resources = kinds.flatMap((kind) => this.#resources.filter((entry) => entry.kind === kind));
    return { node, nodes, resources };
  }

  #nodes(value: unknown): readonly NodeEntry[] {
    const shape: EntryShape = { named: "name", known: new Set([...this.#nodeKeys, ...this.#resourceKeys]) };
    return readEntries(this.#document, value, ["nodes"], shape).map((raw) => {
      if (!raw.args.has("name")) throw this.#document.error(raw.path, "a node of a list needs a name");
      const own = new Map([...raw.args].filter(([key]) => !this.#resourceKeys.has(key)));
      const node = this.#node({ path: raw.path, args: own });
      this.#readResources(raw.path, raw.args, node);
      return node;
    });
  }

  #node(raw: RawEntry): NodeEntry {
    const args = new Map([...raw.args].filter(([key]) => key !== "limits"));
    const options = {
      ...this.#check("node", this.#nodeOptions, { path: raw.path, args }),
      ...this.#limits(raw),
    };
    if (options.name !== undefined) this.#claimName(raw, `node "${String(options.name)}"`);
    return { options, where: this.#where(raw) };
  }

  /** Limits are a map of names and whole numbers here, and a list of `name=value` as an option. */
  #limits(raw: RawEntry): Arguments {
    if (!raw.args.has("limits")) return {};
    const given = raw.args.get("limits");
    const path = [...raw.path, "limits"];
    if (!(given instanceof Map) || given.size === 0) {
      throw this.#document.error(path, "limits must be a map of names and whole numbers");
    }
    const limits = [...(given as ReadonlyMap<string, unknown>)].map(([name, value]) => {
      const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
      const fault = limitFault(name, number, this.#options.transports);
      if (fault !== undefined) throw this.#document.error([...path, name], fault);
      return `${name}=${String(number)}`;
    });
    return { limits };
  }

  #readResources(path: ValuePath, args: ReadonlyMap<string, unknown>, below: NodeEntry | undefined): void {
    for (const kind of this.#options.kinds) {
      const shape = { named: kind.named, known: new Set(kind.options.map(optionKey)) };
      for (const key of keysOf(kind).filter((candidate) => args.has(candidate))) {
        for (const raw of readEntries(this.#document, args.get(key), [...path, key], shape)) {
          this.#resources.push(this.#resource(kind, raw, below));
        }
      }
    }
  }

  #resource(kind: Resource, raw: RawEntry, below: NodeEntry | undefined): ResourceEntry {
    const options = this.#check(kind.noun, kind.options, raw);
    const name = options[kind.unique ?? ""];
    const owner = options[ownerOf(kind.options)] ?? below?.options.name ?? below?.where;
    if (name !== undefined) {
      this.#claimName(raw, `${kind.noun} "${String(name)}"`, `${String(owner).replace(/^\/node\//, "")}`);
    }
    return { kind, options, below, where: this.#where(raw) };
  }

  #check(what: string, options: readonly Option[], { path, args }: RawEntry): Arguments {
    const known = options.map(optionKey);
    const given: Record<string, Arguments[string]> = {};
    for (const option of options) {
      const key = optionKey(option);
      // An argument may be left out where it has a default.
      if (!args.has(key) && option.required === true)
        throw this.#document.error(path, `${what} needs ${key}`);
      if (!args.has(key)) continue;
      const read = readArgument(option, args.get(key), this.#options.addresses);
      if ("fault" in read) {
        const reason =
          args.get(key) === null ? `${key} of ${what} is empty` : `${key} of ${what}: ${read.fault}`;
        throw this.#document.error([...path, key], reason);
      }
      if (read.value !== false) given[key] = read.value;
    }
    const unknown = [...args.keys()].find((key) => !known.includes(key));
    if (unknown !== undefined) throw this.#document.error([...path, unknown], unknownKey(unknown, known));
    return given;
  }

  #claimName({ path }: RawEntry, thing: string, owner = ""): void {
    const key = `${thing} of ${owner}`;
    if (this.#names.has(key)) throw this.#document.error(path, `${thing} is there twice`);
    this.#names.add(key);
  }

  #where({ path }: RawEntry): string {
    return `${this.#source}, line ${this.#document.lineOf(path)}`;
  }
}

function unknownKey(key: string, known: readonly string[]): string {
  return `"${key.slice(0, 80)}" is unknown here; there are ${known.join(", ")}`;
}
