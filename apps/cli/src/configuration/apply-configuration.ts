import { CulvertError } from "@x/core";
import { showNode } from "../commands/node/new-node.js";
import type { CommandContext } from "../framework/context.js";
import { createDefaultNode } from "../node-process/create-node.js";
import type { NodeJson } from "../node-process/node-json.js";
import { restartNode } from "../node-process/restart-node.js";
import { deleteNode } from "../node-process/stop-node.js";
import { ownerOf } from "../registry/option.js";
import { stages } from "../registry/resource.js";
import { resourceClient } from "../registry/resource-client.js";
import { parseNodeName } from "../syntax/names.js";
import type { Configuration, NodeEntry, ResourceEntry } from "./configuration.js";
import { createResource, locatedError } from "./create-resource.js";
import { maxMadeAtOnce } from "./limits.js";
import type { Reconciliation, Removal } from "./reconciliation.js";

/** One thing that a configuration made, or changed. */
export interface Made {
  readonly action: "created" | "started" | "changed" | "removed";
  /** `node`, or the noun of its kind. */
  readonly type: string;
  /** The node it is, or belongs to. */
  readonly node: string;
  /** Its name or address, as its command prints it. */
  readonly name: string;
  /** Its JSON, as its command prints it. */
  readonly result: unknown;
}

/** What to make, and how to make nodes. */
export interface Plan {
  readonly configuration: Configuration;
  /** Makes a node and tells of it. */
  create(node: NodeEntry): Promise<NodeJson>;
  /** Removes a node it made. Default: as `node delete`. */
  remove?(name: string): Promise<void> | undefined;
  /** What is there already, and counts. Default: nothing; what is there then is in the way. */
  readonly there?: Reconciliation;
  /** Whether a default node that is made, because there is none, ends with the command. Default: no. */
  readonly endsWithCommand?: boolean;
}

/**
 * Makes everything that a configuration describes: nodes first, then what others lead to before what leads there. What leads to
 * nothing else that is made with it is made side by side, so that one machine that is down costs one wait.
 * When something fails, all that was made before is removed again; what was changed stays so.
 *
 * @throws CliError, CulvertError what the commands throw, with the line
 */
export async function applyConfiguration(context: CommandContext, plan: Plan): Promise<readonly Made[]> {
  const application = new Application(context, plan);
  try {
    return await application.run();
  } catch (error) {
    await application.undo();
    throw error;
  }
}

class Application {
  readonly #context: CommandContext;
  readonly #plan: Plan;
  readonly #made: Made[] = [];
  readonly #undo: (() => Promise<unknown>)[] = [];
  readonly #names = new Map<NodeEntry, string>();
  #defaultNode: Promise<string> | undefined;

  constructor(context: CommandContext, plan: Plan) {
    this.#context = context;
    this.#plan = plan;
  }

  async run(): Promise<readonly Made[]> {
    const { configuration, there } = this.#plan;
    const { node, nodes } = configuration;
    for (const entry of node === undefined ? nodes : [node, ...nodes]) {
      await this.#step(entry, () => this.#makeNode(entry));
    }
    // Nodes that were started may tell more.
    await there?.look();
    const resources = there?.resources ?? configuration.resources;
    const removals = there?.removals ?? [];
    // Inlets go first, as others may want their ports; all else may be in use until those that lead there lead elsewhere.
    for (const removal of removals.filter(({ kind }) => kind.stage === "lead")) await this.#remove(removal);
    for (const stage of stages) {
      await this.#createAll(resources.filter(({ kind }) => kind.stage === stage));
    }
    const rest = removals.filter(({ kind }) => kind.stage !== "lead");
    for (const removal of rest.toReversed()) await this.#remove(removal);
    for (const name of there?.nodeRemovals ?? []) {
      await deleteNode(this.#context.nodes, name, "drain");
      this.#made.push({ action: "removed", type: "node", node: name, name, result: { name } });
    }
    return this.#made;
  }

  /** Removes what was made, the last first. What cannot be removed stays. */
  async undo(): Promise<void> {
    for (const remove of this.#undo.reverse()) await remove().catch(() => {});
  }

  /** Makes several side by side, some at once, and tells of them in their order. */
  async #createAll(entries: readonly ResourceEntry[]): Promise<void> {
    const made: (Made | undefined)[] = [];
    const failures: unknown[] = [];
    const rest = entries.entries();
    const work = async (): Promise<void> => {
      for (const [index, entry] of rest) {
        if (failures.length > 0) return;
        try {
          made[index] = await this.#step(entry, () => this.#makeResource(entry));
        } catch (error) {
          failures.push(error);
        }
      }
    };
    await Promise.all(Array.from({ length: maxMadeAtOnce }, work));
    if (failures.length > 0) throw failures[0];
    this.#made.push(...made.filter((one) => one !== undefined));
  }

  async #step<T>({ where }: { readonly where: string }, work: () => Promise<T>): Promise<T> {
    if (this.#context.signal.aborted) throw new CulvertError("ABORTED", `${where}: given up`);
    try {
      return await work();
    } catch (error) {
      throw locatedError(error, where);
    }
  }

  /** Makes a node, starts it, or gives it other settings; nothing where it is so already. */
  async #makeNode(entry: NodeEntry): Promise<void> {
    const { there } = this.#plan;
    const standing = there?.standing(entry);
    if (there === undefined || standing === undefined) return this.#createNode(entry);
    const { name, status } = standing.record;
    this.#names.set(entry, name);
    const change = await there.nodeChange(entry, standing);
    if (change === undefined && status === "running") return;
    const isStarted = status === "stopped";
    const endsWithCommand = isStarted && this.#plan.endsWithCommand === true;
    const settings = { endsWithCommand, ...(change !== undefined && { settings: change.settings }) };
    const action = isStarted ? "started" : "changed";
    const what = `${action === "started" ? "Starting" : "Restarting"} node ${name}`;
    await this.#context.terminal.spin(what, restartNode(this.#context, name, settings));
    const result = await showNode(this.#context, name);
    this.#made.push({ action, type: "node", node: name, name, result });
  }

  async #createNode(entry: NodeEntry): Promise<void> {
    const json = await this.#plan.create(entry);
    const { name } = json;
    this.#names.set(entry, name);
    this.#undo.push(() => this.#plan.remove?.(name) ?? deleteNode(this.#context.nodes, name, "now"));
    this.#made.push({ action: "created", type: "node", node: name, name, result: json });
  }

  /** Makes a thing, or makes it what is said of it; nothing where it is so already. */
  async #makeResource(entry: ResourceEntry): Promise<Made | undefined> {
    const { kind, options, below } = entry;
    const owner = ownerOf(kind.options);
    const given = options[owner];
    const node = typeof given === "string" ? parseNodeName(given) : await this.#nodeOf(below);
    const client = resourceClient(this.#context.control(node), kind.noun);
    const has = this.#plan.there?.match(entry);
    if (has === undefined) {
      const { machine, json } = await createResource(this.#context, kind, { ...options, [owner]: node });
      const name = machine ?? "";
      this.#undo.push(() => client.delete(kind.nameOf(json)));
      return { action: "created", type: kind.noun, node, name, result: json };
    }
    const change = await this.#plan.there?.changes(entry, node, has);
    if (change === undefined) return undefined;
    const { view } = await client.update(has.name, change, kind.patienceMs?.(change.set));
    return { action: "changed", type: kind.noun, node, name: has.name, result: view };
  }

  async #remove({ kind, node, name }: Removal): Promise<void> {
    const result = await resourceClient(this.#context.control(node), kind.noun).delete(name);
    this.#made.push({ action: "removed", type: kind.noun, node, name, result });
  }

  async #nodeOf(below: NodeEntry | undefined): Promise<string> {
    const name = below === undefined ? undefined : this.#names.get(below);
    if (name !== undefined) return name;
    this.#defaultNode ??= this.#chooseDefaultNode();
    return this.#defaultNode;
  }

  /** The default node, which is made when there is none. */
  async #chooseDefaultNode(): Promise<string> {
    const { nodes } = this.#context;
    if (nodes.defaultName() !== undefined) return this.#context.node(undefined);
    const { endsWithCommand = false } = this.#plan;
    const name = await createDefaultNode(this.#context, { endsWithCommand });
    this.#undo.push(() => deleteNode(nodes, name, "now"));
    const result = await showNode(this.#context, name);
    this.#made.push({ action: "created", type: "node", node: name, name, result });
    return name;
  }
}
