import { type AccessRule, type Address, CulvertError, type Route, type WorkerHost } from "@x/core";
import { briefKeepMs, type RelayLimits } from "../limits.js";
import { isSameOwner, type NameClaim, type RelayDirectory } from "../names/directory.js";
import { HeldName } from "../names/held-name.js";
import type { SavedName } from "../names/name-store.js";
import { NameSweep } from "../names/name-sweep.js";
import { hashesAreEqual } from "../names/token.js";
import type { RelayReply } from "../protocol/relay-message.js";
import { type ClientPath, ClientPaths } from "./client-path.js";
import { leaving, limitExceeded, nameTaken, startError, superseded } from "./registration-refusals.js";
import { type RelayRegistration, type RelayTerms, RelayWorker } from "./relay-worker.js";

/**
 * What can happen to a relay's name. `moved`: the owner came back by another way. `kept`: the relay ended, and the name waits
 * for its owner. `released`: the owner gave it back. `expired`: it was kept for as long as it is, or gave way to others.
 */
export type RelayChange = "registered" | "moved" | "kept" | "released" | "expired";

/** What a registry needs. */
export interface RegistryOptions {
  /** What it allows. */
  readonly limits: RelayLimits;
  /** Who holds which name. */
  readonly directory: RelayDirectory;
  /** The other end of a connection, such as `tcp#10.0.0.1:7000`; nothing when nobody knows. */
  readonly sourceOf: (connection: Address) => string | undefined;
  /** Who may send through the relays. */
  readonly relayAccess: AccessRule | undefined;
  /** Told each change. */
  readonly onChange: (change: RelayChange, name: string) => void;
  /** Told when `saved()` has changed. */
  readonly onNamesChanged: () => void;
  /** Told when the directory fails while nobody waits for it. */
  readonly onError: (error: unknown) => void;
}

/** A wish to register, read and measured. */
export interface Registration {
  /** Name, owner and order. */
  readonly claim: NameClaim;
  /** The way to the client's forwarding worker. */
  readonly route: Route;
  /** The connection by which the wish came; absent for a client on this node. */
  readonly connection: Address | undefined;
  /** The lease to grant, in milliseconds. */
  readonly leaseMs: number;
}

/** The names of one service with their relays: limits, leases, and ways to their clients. */
export class RelayRegistry {
  /** The first hops on the ways to clients. */
  readonly paths: ClientPaths;
  readonly #host: WorkerHost;
  readonly #options: RegistryOptions;
  readonly #names = new Map<string, HeldName>();
  readonly #sweep: NameSweep<HeldName>;
  #relays = 0;
  #restoring: Promise<unknown> | undefined;
  #isClosed = false;
  #isLeaving = false;

  constructor(host: WorkerHost, options: RegistryOptions) {
    const { limits, sourceOf } = options;
    this.#host = host;
    this.#options = options;
    this.#sweep = new NameSweep(
      () => this.#names.values(),
      (held) => this.#takeTurn(held),
    );
    const onLost = (): void => this.#sweep.include(performance.now() + briefKeepMs);
    this.paths = new ClientPaths(host, { limits, sourceOf, onLost });
  }

  /** The relays, in the order of their first registration. */
  list(): readonly RelayRegistration[] {
    return [...this.#names.values()].flatMap(({ relay }) => relay?.registration() ?? []);
  }

  /** Names whose owner is away. */
  get keptNames(): number {
    return this.#names.size - this.#relays;
  }

  /** The names as a later run has to know them. */
  saved(): readonly SavedName[] {
    return [...this.#names.values()].map((held) => held.saved());
  }

  /** Takes names of an earlier run, whose owners are away. Registrations wait until the directory has taken them too. */
  restore(names: readonly SavedName[]): void {
    const { maxRelays, maxKeptNames } = this.#options.limits;
    const restored = names.slice(0, maxRelays + maxKeptNames).map((saved) => HeldName.restored(saved));
    for (const held of restored) {
      this.#names.set(held.name, held);
      this.#sweep.include(held.dueAt);
    }
    const claims = restored.map(async (held) => {
      const { result } = await this.#options.directory.claim(held.claim, briefKeepMs);
      // Somebody else got it meanwhile from another service with the same directory.
      if (result === "taken" && held.relay === undefined) this.#names.delete(held.name);
    });
    this.#restoring = Promise.allSettled(claims).then((ends) => {
      this.#restoring = undefined;
      for (const end of ends) if (end.status === "rejected") this.#options.onError(end.reason);
    });
  }

  /**
   * Registers a name, renews it, or moves it to another way.
   *
   * @throws CulvertError RELAY_LEAVING, RELAY_NAME_TAKEN, RELAY_LIMIT_EXCEEDED, RELAY_CONNECTION_LIMIT_EXCEEDED,
   * RELAY_SOURCE_LIMIT_EXCEEDED, NODE_CLOSED
   */
  async register(wish: Registration): Promise<RelayReply> {
    const { claim, route, connection, leaseMs } = wish;
    await this.#restoring;
    if (this.#isLeaving) throw leaving(claim.name);
    const path = this.paths.at(connection ?? (route[0] as Address));
    try {
      if (this.#isInUse(claim)) throw nameTaken(claim.name);
      this.#checkLimits(claim.name, path, connection !== undefined);
      const answer = await this.#options.directory.claim(claim, leaseMs);
      if (answer.result === "taken") throw nameTaken(claim.name);
      if (answer.result === "superseded") return superseded(claim.name, answer.epoch);
      const relay = await this.#grant({ claim, route, path, leaseMs });
      return { type: "registered", address: relay.address, leaseMs };
    } finally {
      this.paths.forgetIfUnused(path);
    }
  }

  /** Gives a name back. What a stranger, another node of the owner, or an earlier start of it asks for changes nothing. */
  async release(claim: NameClaim): Promise<RelayReply> {
    await this.#restoring;
    const known = this.#names.get(claim.name);
    const isOthers = known !== undefined && !hashesAreEqual(known.claim.tokenHash, claim.tokenHash);
    const wasHeld = !isOthers && (await this.#options.directory.release(claim));
    const held = wasHeld ? this.#names.get(claim.name) : undefined;
    if (held !== undefined) this.#remove(held, "released");
    return { type: "released" };
  }

  /** Takes a name from whoever has it; false where nobody has it. */
  async withdraw(name: string): Promise<boolean> {
    const held = this.#names.get(name);
    if (held === undefined) return false;
    // So that its client asks again now, not when the next renewal is due.
    held.relay?.sayLeaving();
    await this.#options.directory.release(held.claim);
    if (this.#names.get(name) === held) this.#remove(held, "released");
    return true;
  }

  /** Counts a request against what the owner of its name has for himself alone; false for others, and when there were too many. */
  takeOwnersRequest(claim: NameClaim): boolean {
    const held = this.#names.get(claim.name);
    return held !== undefined && isSameOwner(held.claim, claim) && held.rate.take();
  }

  /** Tells all clients that the service is about to end, and registers nobody any more. Relays go on forwarding. */
  leave(): void {
    if (this.#isLeaving || this.#isClosed) return;
    this.#isLeaving = true;
    for (const { relay } of this.#names.values()) relay?.sayLeaving();
  }

  /** Withdraws all relays. Names are as they were. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#sweep.close();
    const relays = [...this.#names.values()].flatMap(({ relay }) => relay ?? []);
    this.#names.clear();
    await Promise.all(relays.map((relay) => relay.close()));
    this.paths.close();
  }

  #checkLimits(name: string, path: ClientPath, isFromNetwork: boolean): void {
    const { maxRelays, maxRelaysPerConnection } = this.#options.limits;
    const { relay } = this.#names.get(name) ?? {};
    if (relay === undefined && this.#relays >= maxRelays) {
      throw limitExceeded("RELAY_LIMIT_EXCEEDED", name, `${maxRelays} relays of this node`);
    }
    if (!isFromNetwork || relay?.terms.path === path) return;
    if (path.relays >= maxRelaysPerConnection) {
      const limit = `${maxRelaysPerConnection} relays of one connection`;
      throw limitExceeded("RELAY_CONNECTION_LIMIT_EXCEEDED", name, limit);
    }
    this.#checkSource(name, path, relay?.terms.path);
  }

  /** An owner who comes back from where he was needs no place beside the one he has. */
  #checkSource(name: string, { source }: ClientPath, before: ClientPath | undefined): void {
    if (source === undefined) return;
    const { maxRelaysPerHost, maxRelaysPerNetwork } = this.#options.limits;
    const { ofHost, ofNetwork } = this.paths.relaysOf(source);
    if (ofHost >= maxRelaysPerHost && before?.source?.host !== source.host) {
      throw limitExceeded("RELAY_SOURCE_LIMIT_EXCEEDED", name, `${maxRelaysPerHost} relays of one host`);
    }
    if (ofNetwork >= maxRelaysPerNetwork && before?.source?.network !== source.network) {
      throw limitExceeded(
        "RELAY_SOURCE_LIMIT_EXCEEDED",
        name,
        `${maxRelaysPerNetwork} relays of one network`,
      );
    }
  }

  async #grant(terms: RelayTerms): Promise<RelayWorker> {
    const { claim, path } = terms;
    const known = this.#ownersName(claim);
    const held = known ?? new HeldName(claim);
    const hasComeBack = held.relay === undefined || held.claim.epoch !== claim.epoch;
    held.claim = claim;
    try {
      const relay = held.relay === undefined ? this.#start(held, terms) : this.#renew(held.relay, terms);
      held.network = path.source?.network ?? "";
      this.#sweep.include(held.dueAt);
      // A renewal alone is not written down: the start it belongs to is, and the next one is later than what was.
      if (hasComeBack) this.#options.onNamesChanged();
      return relay;
    } catch (error) {
      if (known === undefined) await this.#options.directory.release(claim);
      throw startError(claim.name, error);
    }
  }

  /** Another node of the same owner has it now: it is not taken from under it, as the two would take it from each other for ever. */
  #isInUse(claim: NameClaim): boolean {
    const held = this.#names.get(claim.name);
    const isUp = held?.relay?.terms.path.state === "up";
    return isUp && isSameOwner(held.claim, claim) && !hashesAreEqual(held.claim.tokenHash, claim.tokenHash);
  }

  /** The name as its owner has it. The directory may have given it to another meanwhile, who begins anew. */
  #ownersName(claim: NameClaim): HeldName | undefined {
    const held = this.#names.get(claim.name);
    if (held === undefined || isSameOwner(held.claim, claim)) return held;
    this.#remove(held, "expired");
    return undefined;
  }

  #renew(relay: RelayWorker, terms: RelayTerms): RelayWorker {
    const before = relay.terms.path;
    relay.renew(terms);
    if (before === terms.path) return relay;
    this.paths.enter(terms.path);
    this.paths.leave(before);
    this.#options.onChange("moved", terms.claim.name);
    return relay;
  }

  #start(held: HeldName, terms: RelayTerms): RelayWorker {
    if (this.#isClosed) throw new CulvertError("NODE_CLOSED", "the relay service is closed");
    // `leave` came while the directory was asked, and told only those that were there.
    if (this.#isLeaving) throw leaving(held.name);
    const relay = new RelayWorker(this.#host, terms, this.#options.relayAccess);
    held.relay = relay;
    this.#relays += 1;
    this.paths.enter(terms.path);
    this.#names.set(held.name, held);
    this.#options.onChange("registered", held.name);
    return relay;
  }

  #takeTurn(held: HeldName): void {
    const turn = held.takeTurn();
    if (turn === "free") this.#expire(held);
    if (turn === "away") this.#keep(held);
    if (turn !== "free") this.#options.onNamesChanged();
  }

  #keep(held: HeldName): void {
    this.#withdraw(held);
    this.#options.onChange("kept", held.name);
    if (this.keptNames > this.#options.limits.maxKeptNames) this.#expire(this.#greediestName());
  }

  /** The name that is kept longest among those of the network that has most of them. */
  #greediestName(): HeldName {
    const byNetwork = new Map<string, HeldName[]>();
    for (const held of this.#names.values()) {
      if (held.relay !== undefined) continue;
      const names = byNetwork.get(held.network);
      if (names === undefined) byNetwork.set(held.network, [held]);
      else names.push(held);
    }
    const most = [...byNetwork.values()].reduce((one, other) => (other.length > one.length ? other : one));
    return most.reduce((one, other) => (other.awaySince < one.awaySince ? other : one));
  }

  #expire(held: HeldName): void {
    this.#remove(held, "expired");
    void this.#forget(held.claim);
  }

  async #forget(claim: NameClaim): Promise<void> {
    try {
      await this.#options.directory.release(claim);
    } catch (error) {
      this.#options.onError(error);
    }
  }

  #remove(held: HeldName, change: "released" | "expired"): void {
    this.#withdraw(held);
    this.#names.delete(held.name);
    if (this.#names.size === 0) this.#sweep.close();
    this.#options.onChange(change, held.name);
    this.#options.onNamesChanged();
  }

  #withdraw(held: HeldName): void {
    const { relay } = held;
    if (relay === undefined) return;
    held.leaveRelay();
    this.#relays -= 1;
    void relay.close();
    this.paths.leave(relay.terms.path);
  }
}
