import type { RelayService } from "@x/relay";
import { CliError } from "../cli-error.js";
import { notFound } from "./named-entries.js";
import { registrationView, relayDetail } from "./relay-view.js";
import type { Relays } from "./relays.js";
import type { RelayDetail, RelayView } from "./views.js";

/** All relays of a node: those it registered elsewhere, and those it hosts for others. */
export class RelayListing {
  readonly #nodeName: string;
  readonly #relays: Relays;
  readonly #service: RelayService;

  constructor(nodeName: string, relays: Relays, service: RelayService) {
    this.#nodeName = nodeName;
    this.#relays = relays;
    this.#service = service;
  }

  /** Its own first. A relay that the node hosts for itself is listed once. */
  list(): readonly RelayView[] {
    const own = this.#relays.list();
    const names = new Set(own.map(({ name }) => name));
    const hosted = this.#service.list().filter(({ name }) => !names.has(name));
    return [...own, ...hosted.map((registration) => registrationView(this.#nodeName, registration))];
  }

  /**
   * The relay of that name; nothing when there is no relay at all.
   *
   * @throws CliError RESOURCE_NOT_FOUND
   */
  show(name: string): RelayDetail | undefined {
    const all = this.list();
    const view = all.find((relay) => relay.name === name);
    if (view !== undefined) return relayDetail(view);
    if (all.length === 0) return undefined;
    throw notFound(
      "relay",
      name,
      all.map((relay) => relay.name),
    );
  }

  /**
   * Gives the name of one of the node's own relays back; nothing when there is no relay at all.
   *
   * @throws CliError RESOURCE_NOT_FOUND, also for one that the node hosts for another
   */
  async delete(name: string): Promise<{ name: string } | undefined> {
    const deleted = await this.#relays.delete(name);
    if (deleted === undefined && this.show(name) !== undefined) throw hostedHere(name, this.#nodeName);
    return deleted;
  }
}

function hostedHere(name: string, nodeName: string): CliError {
  const message = `Cannot delete relay "${name}": not found among the relays of node ${nodeName}, which hosts it for another node`;
  return new CliError("RESOURCE_NOT_FOUND", message, { hint: "Delete it at the node that created it" });
}
