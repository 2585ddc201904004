import { type CulvertError, isCulvertError } from "@x/core";
import { type RelayClient, startRelayClient } from "@x/relay";
import { givenUp } from "./given-up.js";
import { NamedEntries } from "./named-entries.js";
import type { RelaySpec } from "./node-spec.js";
import type { OperationContext, RelayParams } from "./operation-types.js";
import { relayView } from "./relay-view.js";
import type { RuntimeContext } from "./runtime-context.js";
import { failureFields } from "./runtime-log.js";
import type { HeldRoute } from "./shared-connections.js";
import type { RelayView } from "./views.js";
import { waitUntil } from "./wait-until.js";

/** The address of the relay service of every node. */
export const relayServiceAddress = "relay";

/** A relay that this node registered, or tries to. */
export interface RelayEntry {
  readonly spec: RelaySpec;
  readonly client: RelayClient;
  readonly held: HeldRoute;
}

/** Refusals that waiting does not mend: the relay was not made. */
const finalCodes: ReadonlySet<string> = new Set([
  "RELAY_NAME_TAKEN",
  "RELAY_NAME_INVALID",
  "RELAY_LIMIT_EXCEEDED",
  "RELAY_CONNECTION_LIMIT_EXCEEDED",
]);

/** Longest wait for a new connection before the relay is asked for, in milliseconds. 1,000: it goes on by itself after that. */
const settleMs = 1000;

/** The relays a node has on other nodes. */
export class Relays {
  readonly #context: RuntimeContext;
  readonly #entries = new NamedEntries<RelayEntry>("relay");

  constructor(context: RuntimeContext) {
    this.#context = context;
  }

  /**
   * Makes a relay and waits until it is up, `waitMs` at most. It may be down then, and heals.
   *
   * @throws CliError RESOURCE_NAME_TAKEN; CulvertError RELAY_NAME_TAKEN and other refusals that waiting does not mend;
   * ABORTED, and it is not made then
   */
  async create({ name, at, waitMs }: RelayParams, { signal }: OperationContext): Promise<RelayView> {
    const entry = await this.#entries.add(name, () => this.#start({ name, at }, waitMs, signal));
    const { client } = entry;
    this.#context.changed();
    await waitUntil(() => client.state === "up" || finalFailure(client) !== undefined, waitMs, signal);
    const failure = signal?.aborted === true ? givenUp(`relay "${name}"`) : finalFailure(client);
    if (failure !== undefined) {
      await this.#close(entry);
      throw failure;
    }
    return this.#view(entry);
  }

  /** Registers relays again, without waiting for them. */
  async restore(specs: readonly RelaySpec[]): Promise<void> {
    for (const spec of specs) {
      await this.#entries
        .add(spec.name, () => this.#start(spec))
        .catch((error: unknown) => {
          this.#context.log.error(failureFields(error), `Cannot start relay ${spec.name}`);
        });
    }
  }

  list(): readonly RelayView[] {
    return this.#entries.list().map((entry) => this.#view(entry));
  }

  /** Gives the name back to the node that hosts the relay; nothing when there is no such relay. */
  async delete(name: string): Promise<{ name: string } | undefined> {
    const entry = this.#entries.find(name);
    if (entry === undefined) return undefined;
    await this.#close(entry);
    return { name };
  }

  spec(): readonly RelaySpec[] {
    return this.#entries.list().map(({ spec: { name, at }, client }) => ({ name, at, token: client.token }));
  }

  /** Gives all names back. */
  async close(): Promise<void> {
    await Promise.all(this.#entries.list().map(({ client }) => client.close()));
  }

  #view(entry: RelayEntry): RelayView {
    return relayView(entry, () => this.#context.node.connections());
  }

  async #start(spec: RelaySpec, waitMs = 0, signal?: AbortSignal): Promise<RelayEntry> {
    const { node, shared } = this.#context;
    const route = [...spec.at.hops, relayServiceAddress];
    const held = await shared.hold(route, Math.min(waitMs, settleMs), signal);
    const token = spec.token === undefined ? {} : { token: spec.token };
    const client = startRelayClient(node.own, { route: held.route, name: spec.name, ...token });
    return { spec, client, held };
  }

  async #close({ spec, client, held }: RelayEntry): Promise<void> {
    this.#entries.remove(spec.name);
    this.#context.changed();
    await client.close();
    await held.release();
  }
}

function finalFailure({ state, lastFailure }: RelayClient): CulvertError | undefined {
  return state === "down" && isCulvertError(lastFailure) && finalCodes.has(lastFailure.code)
    ? lastFailure
    : undefined;
}
