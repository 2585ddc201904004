import type { CommandContext } from "../framework/context.js";
import type { NewNode } from "../node-process/create-node.js";
import { defaultListenerAddress, defaultTransport, listenerOption } from "../node-process/node-options.js";
import { suitsPlace } from "../registry/kinds.js";
import { ownerOf } from "../registry/option.js";
import type { Resource } from "../registry/resource.js";
import type { NamedParams } from "../runtime/resource-table.js";
import { parseNodeName } from "../syntax/names.js";
import { changesOf, likelyChangesOf, type ThingChange, wantedIdentity } from "./changes.js";
import type { Configuration, NodeEntry, ResourceEntry } from "./configuration.js";
import { type NodeChange, nodeChange } from "./node-changes.js";
import { identityOf, readStanding, type StandingNode } from "./standing.js";

/** What is to be done with a node or a thing. */
export interface Step {
  readonly action: "create" | "start" | "change" | "remove";
  /** `node`, or the noun of its kind. */
  readonly type: string;
  readonly node: string;
  readonly name: string;
  /** The keys of what is changed. */
  readonly changed: readonly string[];
  /** Whether it is made anew for that: what it carries is reset. */
  readonly is_anew: boolean;
}

/** A thing that goes. */
export interface Removal {
  readonly kind: Resource;
  readonly node: string;
  readonly name: string;
}

/** How far a configuration counts. */
export interface ReconciliationOptions {
  readonly kinds: readonly Resource[];
  /** Whether what it says nothing of goes from its nodes. */
  readonly prune: boolean;
  /** Whether nodes that it says nothing of go. */
  readonly pruneNodes: boolean;
  /** Reads what a new node shall have. */
  readonly readNode: (entry: NodeEntry) => Promise<NewNode>;
}

/** A configuration beside what is there: what has to be done, so that they are the same. */
export class Reconciliation {
  readonly #context: CommandContext;
  readonly #configuration: Configuration;
  readonly #options: ReconciliationOptions;
  #standing: ReadonlyMap<string, StandingNode> = new Map();
  /** Things that are there, by what is said of them. */
  #matches = new Map<ResourceEntry, NamedParams>();
  #resources: readonly ResourceEntry[] = [];
  #removals: readonly Removal[] = [];

  constructor(context: CommandContext, configuration: Configuration, options: ReconciliationOptions) {
    this.#context = context;
    this.#configuration = configuration;
    this.#options = options;
  }

  /** Looks at what is there; again once nodes were started. */
  async look(): Promise<void> {
    const { kinds } = this.#options;
    this.#standing = await readStanding(this.#context, kinds);
    this.#matches = new Map();
    const described = this.#configuration.resources;
    const listeners = this.#nodes().flatMap((entry) => this.#listenersOf(entry));
    this.#resources = [...listeners, ...described];
    const removals: Removal[] = [];
    for (const [node, { things }] of this.#standing) {
      for (const kind of kinds) {
        const left = await this.#match(node, kind, [...(things.get(kind.noun) ?? [])]);
        if (this.#isPruned(node)) removals.push(...left.map(({ name }) => ({ kind, node, name })));
      }
    }
    this.#removals = removals;
  }

  /** What is described, and the listeners that nodes which are there are said to have. */
  get resources(): readonly ResourceEntry[] {
    return this.#resources;
  }

  /** What goes, in the order in which things are made. */
  get removals(): readonly Removal[] {
    return this.#removals;
  }

  /** Nodes that go. */
  get nodeRemovals(): readonly string[] {
    if (!this.#options.pruneNodes) return [];
    const names = new Set(this.#nodes().map((entry) => entry.options.name));
    return [...this.#standing.keys()].filter((name) => !names.has(name));
  }

  /** A node that is there already. */
  standing(entry: NodeEntry): StandingNode | undefined {
    return this.#standing.get(String(entry.options.name ?? ""));
  }

  /** What differs in the settings of a node that is there. */
  async nodeChange(entry: NodeEntry, { settings }: StandingNode): Promise<NodeChange | undefined> {
    return nodeChange(await this.#options.readNode(entry), settings, this.#options.prune);
  }

  /** The thing that is there already for what is said of it. */
  match(entry: ResourceEntry): NamedParams | undefined {
    return this.#matches.get(entry);
  }

  /** What differs in a thing that is there. @throws what reading its options throws */
  changes(entry: ResourceEntry, node: string, has: NamedParams): Promise<ThingChange | undefined> {
    return changesOf(this.#context, { kind: entry.kind, node, given: entry.options }, has);
  }

  /** All that has to be done, as far as can be told before it is done. */
  async steps(): Promise<readonly Step[]> {
    const { kinds } = this.#options;
    const steps: Step[] = [];
    for (const entry of this.#nodes()) steps.push(...(await this.#nodeSteps(entry)));
    for (const entry of kinds.flatMap((kind) =>
      this.#resources.filter((one) => one.kind.noun === kind.noun),
    )) {
      const { kind, options } = entry;
      const node = this.nodeOf(entry) ?? "the default node";
      const has = this.#matches.get(entry);
      const step = { type: kind.noun, node, changed: [], is_anew: false };
      if (has === undefined) {
        const name = String(options[kind.unique ?? kind.named] ?? kind.usual ?? "");
        steps.push({ ...step, action: "create", name });
        continue;
      }
      const change = await likelyChangesOf(this.#context, { kind, node, given: options }, has);
      if (change === undefined) continue;
      const { changed, isAnew } = change;
      steps.push({ ...step, action: "change", name: has.name, changed, is_anew: isAnew });
    }
    const removed = { action: "remove", changed: [], is_anew: false } as const;
    for (const { kind, node, name } of this.#removals)
      steps.push({ ...removed, type: kind.noun, node, name });
    for (const name of this.nodeRemovals) steps.push({ ...removed, type: "node", node: name, name });
    return steps;
  }

  /** The node that a thing is on; nothing where that is one that has no name yet. */
  nodeOf({ kind, options, below }: ResourceEntry): string | undefined {
    const given = options[ownerOf(kind.options)];
    if (typeof given === "string") return parseNodeName(given);
    if (below !== undefined) return below.options.name === undefined ? undefined : String(below.options.name);
    return this.#context.nodes.defaultName();
  }

  #nodes(): readonly NodeEntry[] {
    const { node, nodes } = this.#configuration;
    return node === undefined ? nodes : [node, ...nodes];
  }

  #isPruned(node: string): boolean {
    return this.#options.prune && this.#nodes().some((entry) => entry.options.name === node);
  }

  async #nodeSteps(entry: NodeEntry): Promise<readonly Step[]> {
    const name = String(entry.options.name ?? "");
    const standing = this.standing(entry);
    const step = { type: "node", node: name, name, changed: [], is_anew: false };
    if (standing === undefined) return [{ ...step, action: "create" }];
    const change = await this.nodeChange(entry, standing);
    if (change !== undefined) return [{ ...step, action: "change", changed: change.changed, is_anew: true }];
    return standing.record.status === "running" ? [] : [{ ...step, action: "start" }];
  }

  /** The listeners that are said of a node that is there, as things of their own. */
  #listenersOf(entry: NodeEntry): readonly ResourceEntry[] {
    if (this.standing(entry) === undefined) return [];
    return this.#options.kinds.flatMap((kind) => {
      const { transport = "", noun } = kind;
      const address = entry.options[listenerOption(transport)];
      if (noun !== `${transport}-listener` || address === undefined) return [];
      return [{ kind, options: { address }, below: entry, where: entry.where }];
    });
  }

  /** Finds what is there for all that is said of a kind on a node, and gives what is left. */
  async #match(node: string, kind: Resource, left: NamedParams[]): Promise<readonly NamedParams[]> {
    const entries = this.#resources.filter(
      (entry) => entry.kind.noun === kind.noun && this.nodeOf(entry) === node,
    );
    const take = (entry: ResourceEntry, found: NamedParams | undefined): void => {
      if (found === undefined) return;
      left.splice(left.indexOf(found), 1);
      this.#matches.set(entry, found);
    };
    const nameless: ResourceEntry[] = [];
    for (const entry of entries) {
      const identity = await wantedIdentity(this.#context, { kind, node, given: entry.options });
      if (identity === undefined) nameless.push(entry);
      else
        take(
          entry,
          left.find((has) => isSame(kind, identity, has)),
        );
    }
    for (const entry of nameless) {
      let found: NamedParams | undefined;
      for (const has of left) {
        const wanted = { kind, node, given: entry.options };
        if (found === undefined && (await likelyChangesOf(this.#context, wanted, has)) === undefined)
          found = has;
      }
      take(entry, found ?? left.find((has) => kind.usual !== undefined && isSame(kind, kind.usual, has)));
    }
    // A node that nothing is said of listens as every node does.
    if (kind.noun === `${defaultTransport}-listener` && this.#listensAsUsual(node)) {
      const own = left.findIndex(({ name }) => suitsPlace(defaultListenerAddress, name));
      left.splice(own === -1 ? 0 : own, 1);
    }
    return left;
  }

  #listensAsUsual(node: string): boolean {
    const entry = this.#nodes().find(({ options }) => options.name === node);
    return entry !== undefined && entry.options[listenerOption(defaultTransport)] === undefined;
  }
}

function isSame(kind: Resource, identity: string, has: NamedParams): boolean {
  const own = identityOf(kind, has.params);
  return own !== undefined && (own === identity || suitsPlace(identity, own));
}
