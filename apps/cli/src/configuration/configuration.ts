import * as v from "valibot";
import { limitFault } from "../runtime/node-limits.js";
import type { Arguments, ArgumentValue } from "./argument-schemas.js";
import { ConfigurationDocument, type OuterVariables, type ValuePath } from "./configuration-document.js";
import type { ConfigurationText } from "./configuration-source.js";
import { type EntryShape, type RawEntry, readEntries } from "./named-entries-of.js";
import {
  nodeSchema,
  type ResourceKind,
  type ResourceType,
  resourceKinds,
  resourceTypes,
} from "./resource-kinds.js";

/** A node that a configuration describes. */
export interface NodeEntry {
  /** Its options as `node create` takes them, and its name if it has one. */
  readonly options: Arguments;
  /** `culvert.yaml, line 3` */
  readonly where: string;
}

/** A resource that a configuration describes. */
export interface ResourceEntry {
  readonly type: ResourceType;
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
}

const allResourceKeys: ReadonlySet<string> = new Set(
  resourceTypes.flatMap((type) => resourceKinds[type].keys),
);
const nodeKeys: readonly string[] = Object.keys(nodeSchema.entries);
const topKeys: readonly string[] = ["version", "variables", ...nodeKeys, ...allResourceKeys, "nodes"];

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
  readonly #resources: ResourceEntry[] = [];
  /** What was named so far, to find what is there twice. */
  readonly #names = new Set<string>();

  constructor(source: ConfigurationText, { variables, hasNode }: ConfigurationOptions) {
    this.#document = new ConfigurationDocument(source, variables);
    this.#source = source.source;
    this.#hasNode = hasNode || nodeKeys.some((key) => this.#document.content.has(key));
  }

  read(): Configuration {
    const { content } = this.#document;
    for (const key of content.keys()) {
      if (!topKeys.includes(key)) throw this.#document.error([key], unknownKey(key, topKeys));
    }
    const version = content.get("version");
    if (content.has("version") && Number(version) !== 1) {
      throw this.#document.error(["version"], `version ${String(version)} is unknown: the only one is 1`);
    }
    const ownArgs = new Map([...content].filter(([key]) => nodeKeys.includes(key)));
    const node = this.#hasNode ? this.#node({ path: [], args: ownArgs }) : undefined;
    const nodes = content.has("nodes") ? this.#nodes(content.get("nodes")) : [];
    // Below one node alone there is no doubt where a resource belongs.
    this.#readResources([], content, node ?? (nodes.length === 1 ? nodes[0] : undefined));
    if (node === undefined && nodes.length === 0 && this.#resources.length === 0) {
      throw this.#document.error([], "it describes nothing");
    }
    const resources = resourceTypes.flatMap((type) => this.#resources.filter((entry) => entry.type === type));
    return { node, nodes, resources };
  }

  #nodes(value: unknown): readonly NodeEntry[] {
    const shape: EntryShape = { named: "name", known: new Set([...nodeKeys, ...allResourceKeys]) };
    return readEntries(this.#document, value, ["nodes"], shape).map((raw) => {
      if (!raw.args.has("name")) throw this.#document.error(raw.path, "a node of a list needs a name");
      const own = new Map([...raw.args].filter(([key]) => !allResourceKeys.has(key)));
      const node = this.#node({ path: raw.path, args: own });
      this.#readResources(raw.path, raw.args, node);
      return node;
    });
  }

  #node(raw: RawEntry): NodeEntry {
    const options = this.#check("node", nodeSchema, this.#withLimits(raw));
    if (options.name !== undefined) this.#claimName(raw, `node "${String(options.name)}"`);
    return { options, where: this.#where(raw) };
  }

  /** Limits are a map of names and whole numbers here, and a list of `name=value` as an option. */
  #withLimits(raw: RawEntry): RawEntry {
    if (!raw.args.has("limits")) return raw;
    const given = raw.args.get("limits");
    const path = [...raw.path, "limits"];
    if (!(given instanceof Map) || given.size === 0) {
      throw this.#document.error(path, "limits must be a map of names and whole numbers");
    }
    const limits = [...(given as ReadonlyMap<string, unknown>)].map(([name, value]) => {
      const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
      const fault = limitFault(name, number);
      if (fault !== undefined) throw this.#document.error([...path, name], fault);
      return `${name}=${String(number)}`;
    });
    return { path: raw.path, args: new Map([...raw.args, ["limits", limits]]) };
  }

  #readResources(path: ValuePath, args: ReadonlyMap<string, unknown>, below: NodeEntry | undefined): void {
    for (const type of resourceTypes) {
      const kind = resourceKinds[type];
      const shape = { named: kind.named, known: new Set(Object.keys(kind.schema.entries)) };
      for (const key of kind.keys.filter((candidate) => args.has(candidate))) {
        for (const raw of readEntries(this.#document, args.get(key), [...path, key], shape)) {
          this.#resources.push(this.#resource(type, kind, raw, below));
        }
      }
    }
  }

  #resource(
    type: ResourceType,
    kind: ResourceKind,
    raw: RawEntry,
    below: NodeEntry | undefined,
  ): ResourceEntry {
    const options = this.#check(type, kind.schema, raw);
    const name = options[uniqueArgument[type] ?? ""];
    const owner = options[kind.owner] ?? below?.options.name ?? below?.where;
    if (name !== undefined) {
      this.#claimName(raw, `${type} "${String(name)}"`, `${String(owner).replace(/^\/node\//, "")}`);
    }
    return { type, options, below, where: this.#where(raw) };
  }

  #check(what: string, schema: ResourceKind["schema"], { path, args }: RawEntry): Arguments {
    // An object without a prototype: `__proto__` as a key is a key like any other.
    const input: Record<string, unknown> = Object.assign(Object.create(null), Object.fromEntries(args));
    const result = v.safeParse(schema, input, { abortEarly: true });
    if (result.success) {
      const given = Object.entries(result.output).filter(
        ([, value]) => value !== undefined && value !== false,
      );
      return Object.fromEntries(given) as Record<string, ArgumentValue>;
    }
    const [issue] = result.issues;
    const key = String(issue.path?.[0]?.key ?? "");
    const isMissing = key !== "" && !args.has(key);
    const reason = isMissing
      ? `${what} needs ${key}`
      : !Object.hasOwn(schema.entries, key)
        ? unknownKey(key, Object.keys(schema.entries))
        : args.get(key) === null
          ? `${key} of ${what} is empty`
          : `${key} of ${what}: ${issue.message}`;
    throw this.#document.error(isMissing ? path : [...path, key], reason);
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

/** The argument that no two resources of a kind and node may share. */
const uniqueArgument: Readonly<Partial<Record<ResourceType, string>>> = {
  "tcp-outlet": "from",
  relay: "name",
  "tcp-inlet": "name",
};

function unknownKey(key: string, known: readonly string[]): string {
  return `"${key.slice(0, 80)}" is unknown here; there are ${known.join(", ")}`;
}
