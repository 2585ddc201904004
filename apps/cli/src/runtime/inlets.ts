import { type Inlet, type InletOptions, startInlet } from "@x/portal-tcp";
import { twoWords } from "../syntax/two-words.js";
import { givenUp } from "./given-up.js";
import { inletView } from "./inlet-view.js";
import { NamedEntries } from "./named-entries.js";
import type { InletSpec } from "./node-spec.js";
import type { InletParams, InletSettings, OperationContext } from "./operation-types.js";
import { PersistentStart } from "./persistent-start.js";
import { inletLimits } from "./portal-options.js";
import type { RuntimeContext } from "./runtime-context.js";
import { failureFields } from "./runtime-log.js";
import type { HeldRoute } from "./shared-connections.js";
import type { InletView } from "./views.js";
import { waitUntil } from "./wait-until.js";

/** An inlet, or the will to have one again. */
export interface InletEntry {
  /** How to make it again, with the port it has. */
  readonly spec: InletSpec;
  readonly start: PersistentStart<Inlet>;
  readonly held: readonly HeldRoute[];
}

/** Longest wait for a new connection before an inlet is told of it, in milliseconds. 1,000: so that it does not begin with a failure. */
const settleMs = 1000;

/** The TCP inlets of a node. */
export class Inlets {
  readonly #context: RuntimeContext;
  readonly #entries = new NamedEntries<InletEntry>("tcp-inlet");

  constructor(context: RuntimeContext) {
    this.#context = context;
  }

  /**
   * Starts an inlet and waits until a route is up, `waitMs` at most. It may be down then, and heals.
   *
   * @throws CliError RESOURCE_NAME_TAKEN; CulvertError LISTEN_ADDRESS_TAKEN, LISTEN_FAILED; ABORTED, and it is not made then
   */
  async create({ waitMs, alias, ...rest }: InletParams, { signal }: OperationContext): Promise<InletView> {
    const spec = { ...rest, alias: alias ?? this.#freeAlias() };
    const entry = await this.#entries.add(spec.alias, () => this.#start(spec, waitMs, signal));
    this.#context.changed();
    const isUp = (): boolean => entry.start.thing?.state === "up";
    await waitUntil(isUp, waitMs, signal);
    if (signal?.aborted === true) {
      await this.delete(spec.alias);
      throw givenUp(`inlet "${spec.alias}"`);
    }
    return this.#view(entry);
  }

  /** Starts inlets again on their old ports, as soon as each is free. */
  async restore(specs: readonly InletSpec[]): Promise<void> {
    for (const spec of specs) {
      await this.#entries
        .add(spec.alias, () => this.#restart(spec))
        .catch((error: unknown) => {
          this.#context.log.error(failureFields(error), `Cannot start inlet ${spec.alias}`);
        });
    }
  }

  list(): readonly InletView[] {
    return this.#entries.list().map((entry) => this.#view(entry));
  }

  show(name: string): InletView | undefined {
    const entry = this.#entries.get(name);
    return entry === undefined ? undefined : this.#view(entry);
  }

  /** Closes an inlet and resets its streams. */
  async delete(name: string): Promise<InletView | undefined> {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    const view = this.#view(entry);
    this.#entries.remove(name);
    this.#context.changed();
    await entry.start.close();
    await release(entry.held);
    return view;
  }

  spec(): readonly InletSpec[] {
    return this.#entries.list().map(({ spec }) => spec);
  }

  /** Streams that are open. */
  openStreams(): number {
    return this.#entries.list().reduce((sum, { start }) => sum + (start.thing?.streams ?? 0), 0);
  }

  /** Streams of the inlet that has most of them. */
  mostStreams(): number {
    return this.#entries.list().reduce((most, { start }) => Math.max(most, start.thing?.streams ?? 0), 0);
  }

  /** Closes all inlets: no visitor is taken any more, and streams have `graceMs` to end. */
  async drain(graceMs: number): Promise<void> {
    const drains = this.#entries.list().map(async ({ start }) => {
      start.giveUp();
      await start.thing?.drain(graceMs);
      await start.close();
    });
    await Promise.all(drains);
  }

  async #start(spec: InletSpec, waitMs: number, signal?: AbortSignal): Promise<InletEntry> {
    const held = await this.#hold(spec, Math.min(waitMs, settleMs), signal);
    const start = this.#starter(spec, held);
    try {
      const { where } = await start.once();
      return { spec: { ...spec, listen: where }, start, held };
    } catch (error) {
      await release(held);
      throw error;
    }
  }

  async #restart(spec: InletSpec): Promise<InletEntry> {
    const held = await this.#hold(spec);
    const start = this.#starter(spec, held);
    await start.persist();
    return { spec, start, held };
  }

  #view(entry: InletEntry): InletView {
    return inletView(entry, () => this.#context.node.connections());
  }

  #freeAlias(): string {
    let alias = twoWords();
    while (this.#entries.has(alias)) alias = twoWords();
    return alias;
  }

  #hold({ routes }: InletSpec, waitMs = 0, signal?: AbortSignal): Promise<HeldRoute[]> {
    return Promise.all(routes.map(({ hops }) => this.#context.shared.hold(hops, waitMs, signal)));
  }

  #starter({ alias, listen, settings }: InletSpec, held: readonly HeldRoute[]): PersistentStart<Inlet> {
    const { node, log } = this.#context;
    const limits = inletLimits(this.#context);
    const routes = held.map(({ route }) => route);
    return new PersistentStart({
      start: () => startInlet(node.own, { listen, routes, ...limits, ...inletOptions(settings) }),
      what: `inlet ${alias}`,
      log,
    });
  }
}

async function release(held: readonly HeldRoute[]): Promise<void> {
  await Promise.all(held.map((route) => route.release()));
}

/** The settings under the names `startInlet` gives them. */
function inletOptions({ timeoutMs, ...rest }: InletSettings): Partial<InletOptions> {
  return { ...rest, openTimeoutMs: timeoutMs };
}
