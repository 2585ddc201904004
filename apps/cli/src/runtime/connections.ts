import { type Address, parseTransportHop, transportHop } from "@x/core";
import type { NodeConnection } from "@x/routing";
import { CliError } from "../cli-error.js";
import { notFound } from "./named-entries.js";
import type { ConnectionSpec } from "./node-spec.js";
import type { OperationContext } from "./operation-types.js";
import type { RuntimeContext } from "./runtime-context.js";
import { failureFields } from "./runtime-log.js";
import { connectionView } from "./transport-view.js";
import type { ConnectionView } from "./views.js";

/** The connections of a node over all transports: those a user made, those routes hold, and those it accepted. */
export class Connections {
  readonly #context: RuntimeContext;
  readonly #made = new Map<Address, ConnectionSpec>();

  constructor(context: RuntimeContext) {
    this.#context = context;
  }

  /**
   * Makes a connection that is kept, and waits until it is open.
   *
   * @throws CulvertError what dialling throws; nothing is kept then
   */
  async create(transport: string, to: string, { signal }: OperationContext): Promise<ConnectionView> {
    const remote = transportHop(transport, to);
    const options = { keep: true, wait: true, ...(signal === undefined ? {} : { signal }) };
    const connection = await this.#context.node.connect(remote, options);
    this.#made.set(connection.worker, { worker: connection.worker, remote });
    this.#context.changed();
    return this.#view(connection);
  }

  /** Makes connections again under their old workers. They may be down for now. */
  async restore(specs: readonly ConnectionSpec[]): Promise<void> {
    for (const spec of specs) {
      this.#made.set(spec.worker, spec);
      try {
        await this.#context.node.connect(spec.remote, { keep: true, wait: false, worker: spec.worker });
      } catch (error) {
        this.#context.log.error(failureFields(error), `Cannot make the connection to ${spec.remote} again`);
      }
    }
  }

  list(transport: string): readonly ConnectionView[] {
    return this.#of(transport).map((connection) => this.#view(connection));
  }

  /** The connection of that worker or other end; nothing when there is no connection at all. */
  show(transport: string, name: string): ConnectionView | undefined {
    const connection = this.#find(transport, name);
    return connection === undefined ? undefined : this.#view(connection);
  }

  /**
   * Closes a connection for good.
   *
   * @throws CliError RESOURCE_NOT_FOUND; RESOURCE_IN_USE when a relay or inlet holds it
   */
  async delete(transport: string, name: string): Promise<{ address: string } | undefined> {
    const connection = this.#find(transport, name);
    if (connection === undefined) return undefined;
    if (this.#context.shared.isHeld(connection.worker)) throw inUse(name);
    this.#made.delete(connection.worker);
    this.#context.changed();
    await connection.close();
    return { address: `/worker/${connection.worker}` };
  }

  spec(): readonly ConnectionSpec[] {
    return [...this.#made.values()];
  }

  #of(transport: string): readonly NodeConnection[] {
    return this.#context.node
      .connections()
      .filter((connection) => parseTransportHop(connection.remote).transport === transport);
  }

  #find(transport: string, name: string): NodeConnection | undefined {
    const all = this.#of(transport);
    const worker = name.replace(/^\/(worker|service)\//, "");
    const byWorker = all.find((connection) => connection.worker === worker);
    // A connection the user made comes before one that merely has the same other end.
    const byRemote = all.filter((connection) => parseTransportHop(connection.remote).where === name);
    const found = byWorker ?? byRemote.find(({ worker }) => this.#made.has(worker)) ?? byRemote[0];
    if (found === undefined && all.length > 0) {
      throw notFound(
        `${transport}-connection`,
        name,
        all.map(({ worker }) => `/worker/${worker}`),
      );
    }
    return found;
  }

  #view(connection: NodeConnection): ConnectionView {
    return connectionView(this.#context.nodeName, connection);
  }
}

function inUse(name: string): CliError {
  return new CliError("RESOURCE_IN_USE", `Cannot delete connection ${name}: a relay or an inlet uses it`, {
    hint: "Delete the relays and inlets whose routes begin with it; the connection goes with the last of them",
  });
}
