import type { GenericSchema } from "valibot";
import type { Check } from "../doctor/check.js";
import type { Probe } from "../doctor/port-probe.js";
import type { ArgumentDefinition, OptionDefinition } from "../framework/command.js";
import type { Block, Columns } from "../output/blocks.js";
import type { Terminal } from "../output/terminal.js";
import type { RuntimeContext } from "../runtime/runtime-context.js";
import type { SectionKey } from "../runtime/views.js";
import type { AddressSyntax } from "../syntax/multi-address.js";
import type { Option } from "./option.js";

/**
 * When things are made, also when a node starts again: what others lead to comes first. Services and outlets offer, listeners
 * listen, connections connect, relays register, and inlets lead.
 */
export const stages = ["offer", "listen", "connect", "register", "lead"] as const;

/** One of {@link stages}. */
export type Stage = (typeof stages)[number];

/** How the things of one part of `node show` are shown there, in `status` and by `doctor`. */
export interface Section<View = unknown> {
  readonly key: SectionKey;
  /** The heading: `Inlets`. */
  readonly title: string;
  /** Says whether a thing of the part is one of this kind. Default: all are. */
  owns?(view: View): boolean;
  /** One thing in one line. */
  line(view: View): string;
  /** The same for `status`; nothing where it says nothing. */
  status?(view: View, mark: (status: string) => string): string | undefined;
  /** What `doctor` finds. Default: nothing is checked. */
  check?(nodeName: string, view: View, probe: Probe): Promise<readonly Check[]> | readonly Check[];
}

/** One verb of a noun. */
export interface ResourceVerb {
  readonly summary: string;
  readonly description?: string;
  /** Default: those that follow from the name, for all but making one. */
  readonly examples?: readonly string[];
}

/** What was made, for the words about it. */
export interface Made<Params, View> {
  readonly node: string;
  readonly params: Params;
  readonly view: View;
}

/** What making a thing takes beside its parameters. */
export interface Making {
  /** Gives up what it waits for. */
  readonly signal?: AbortSignal;
  /** Whether the node had it before: it need not work at once. */
  readonly isRestart?: boolean;
}

/**
 * All that is known of one kind of thing that nodes have. Its commands, control operations, key in configurations, help,
 * completion, place in the state and in `node show` follow from it.
 *
 * To add one: write it, in a file of its own below `resources`, and give it a line in `resources/index.ts`. It loads with every
 * command about it: what is slow is imported where it is needed.
 *
 * @typeParam Params what making one takes: `ParamsOf<typeof options>`
 * @typeParam Entry a thing, as its node holds it
 * @typeParam View what results tell of it when it was made
 * @typeParam Listed the same in lists
 * @typeParam Detail the same alone
 */
export interface Resource<Params = unknown, Entry = unknown, View = unknown, Listed = View, Detail = Listed> {
  /** The word of the command line: `tcp-inlet`. */
  readonly noun: string;
  /** What messages call one: `inlet`. */
  readonly what: string;
  /** What they call several: `TCP inlets`. */
  readonly many: string;
  readonly stage: Stage;
  /** The transport it belongs to, if it belongs to one. */
  readonly transport?: string;
  /** The commands about it: `start` and `stop` take the place of `create` and `delete`. */
  readonly verbs: Readonly<
    Partial<Record<"create" | "start" | "list" | "show" | "update" | "delete" | "stop", ResourceVerb>>
  >;
  /** The options and arguments that make one. One names the node it is on. */
  readonly options: readonly Option[];
  /** What is kept of one beside its parameters, by name. */
  readonly kept?: Readonly<Record<string, GenericSchema<unknown, unknown>>>;
  /** What names the node in the other commands. Default: `--at`. */
  readonly nodeOptions?: readonly OptionDefinition[];
  /** What names one in `show` and `delete`; without a default, the user chooses. */
  readonly name?: ArgumentDefinition & {
    readonly default?: string;
    /** A name for the examples of the help: `web`. */
    readonly example: string;
  };
  /** An option of `list`, and which things it makes appear. Default: all are listed. */
  readonly filter?: {
    readonly option: OptionDefinition;
    shows(view: Listed, isGiven: boolean): boolean;
    /** Says that there is none where it is given. */
    none(node: string): string;
  };
  /** How lists look on a terminal. Default: the titles are names, and all fields of the first block get a column. */
  readonly columns?: Partial<Columns>;
  /** Whether `delete` takes `--all`. */
  readonly deletesAll?: boolean;
  /** Its keys in configurations. Default: the noun, and the noun with an `s`. */
  readonly keys?: readonly string[];
  /** The key of the option that a bare name in a configuration stands for. */
  readonly named: string;
  /** The key of the option that no two on one node may share. */
  readonly unique?: string;
  /** What tells one from others of its kind on its node. Default: what {@link unique} says, else {@link named}. */
  identity?(params: Params): string | undefined;
  /** What {@link unique} is where nobody said it and it is free. Default: nothing is known of it. */
  readonly usual?: string;

  // On the side of commands.

  /** What is being waited for while one is made. Default: nothing is said. */
  waiting?(params: Params, node: string): string;
  /** Longest wait for the node to make one, in milliseconds. Default: as for any operation. */
  patienceMs?(params: Params): number;
  /** Tells what was made, and gives the value that scripts want. */
  tell(terminal: Terminal, made: Made<Params, View>): string;
  /** The name of one that was made, or is listed, as `show` and `delete` take it. */
  nameOf(view: View | Listed): string;
  /** What the user gave for a name, as the node knows it. Default: the same. */
  readName?(text: string, addresses: AddressSyntax): string;
  block(view: Listed): Block;
  /** Default: as in lists. */
  detailBlock?(view: Detail): Block;
  readonly section: Section<View>;

  /** What results tell of one while its node is stopped, from what makes it again. Default: its settings alone. */
  stored?(spec: Params, node: string): Partial<View>;

  // On the side of the node.

  /**
   * Makes one.
   *
   * @throws CulvertError, CliError and nothing is left of it then
   */
  start(context: RuntimeContext, params: Params, making: Making): Promise<Entry>;
  /** The name that is taken while one is made. Default: none is, because `start` sees to it. */
  reserve?(params: Params): string | undefined;
  /** The one form of parameters that mean the same. Default: as they are. */
  plain?(params: Params): Params;
  /** Parameters with what nobody gave, such as a name. Default: as they are. */
  complete?(context: RuntimeContext, params: Params, isTaken: (name: string) => boolean): Promise<Params>;
  /**
   * Waits for one that was just made to work, a bounded time.
   *
   * @throws CulvertError for a failure that waiting does not mend; it is then removed again
   */
  settle?(entry: Entry, params: Params, signal: AbortSignal | undefined): Promise<void>;
  /** All there are. Default: those that were made. */
  all?(context: RuntimeContext, made: readonly Entry[]): readonly Entry[];
  /** How to make it again: its parameters, and what is {@link kept} beside them; nothing for one that nobody asked this node for. */
  spec(entry: Entry): object | undefined;
  /** Under which names it is found; the first is its own, which no other one has. */
  names(entry: Entry): readonly [string, ...string[]];
  view(context: RuntimeContext, entry: Entry): View;
  /** Default: as when it was made. */
  listed?(context: RuntimeContext, entry: Entry): Listed;
  /** Default: as in lists. */
  detail?(context: RuntimeContext, entry: Entry): Detail;
  /** What is told of one that was deleted. Default: as in lists. */
  deleted?(entry: Entry): unknown;
  /** Why one may not be deleted; nothing when it may. */
  undeletable?(context: RuntimeContext, entry: Entry): Error | undefined;
  /** The parameters that {@link change} takes. Default: none. */
  readonly changeable?: readonly string[];
  /**
   * Changes one while it lives; what it carries goes on. Nothing where it cannot be done now: it is then made anew, as it is for
   * parameters that are not {@link changeable}.
   *
   * @param params all that make one, those that changed among them
   * @throws CulvertError, CliError and it is as before then
   */
  change?(
    context: RuntimeContext,
    entry: Entry,
    params: Params,
    making: Making,
  ): Promise<Entry | undefined> | Entry | undefined;
  close(entry: Entry, context: RuntimeContext): Promise<void>;

  // At the end of the node, in this order.

  /** Takes nobody new; what came lives on. */
  stopAccepting?(entry: Entry): void;
  /** Takes nothing new, and gives what is open `graceMs` to end. */
  drain?(entry: Entry, graceMs: number): Promise<void>;
  /** Says farewell to other nodes. */
  leave?(entry: Entry): Promise<void>;

  /** Streams that are open. Default: none. */
  streams?(entry: Entry): number;
  /** How full what limits bound is. */
  levels?(entries: readonly Entry[]): Readonly<Record<string, number>>;
}

/** The verb by which one is made: `create`, and `start` for services. */
export function makingVerb({ verbs }: Pick<Resource, "verbs">): "create" | "start" {
  return verbs.start === undefined ? "create" : "start";
}

/** The keys of a kind in configurations. */
export function keysOf({ noun, keys = [noun, `${noun}s`] }: Resource): readonly string[] {
  return keys;
}

/** A kind of thing that is loaded when it is needed. */
export interface ResourceEntry {
  readonly noun: string;
  /** What the noun is for, in the help. */
  readonly summary: string;
  readonly load: () => Promise<Resource>;
}
