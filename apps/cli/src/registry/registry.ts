import { AddressSyntax } from "../syntax/multi-address.js";
import { builtInEntries } from "../transports/built-in.js";
import { HomeTransports } from "../transports/home-transports.js";
import type { TransportEntry } from "../transports/transport-entry.js";
import { type Resource, type ResourceEntry, stages } from "./resource.js";

/** What a transport brings: the things that nodes have by it. */
export type TransportResources = (transport: TransportEntry["manifest"]) => readonly ResourceEntry[];

/** Every kind of thing and every transport there is: those of the command, and those that a home has beside them. */
export class Registry {
  readonly home: HomeTransports;
  readonly #own: readonly ResourceEntry[];
  readonly #ofTransport: TransportResources;
  #transports: readonly TransportEntry[] | undefined;
  #entries: readonly ResourceEntry[] | undefined;

  /**
   * @param home the folder for all state; it is read when it is needed
   * @param own what there is whatever transports there are
   */
  constructor(home: string, own: readonly ResourceEntry[], ofTransport: TransportResources) {
    this.home = new HomeTransports(home);
    this.#own = own;
    this.#ofTransport = ofTransport;
  }

  /** All transports; those of the command come first. */
  get transports(): readonly TransportEntry[] {
    this.#transports ??= [...builtInEntries(), ...this.home.list()];
    return this.#transports;
  }

  /** Routes as people write them, with all transports. */
  get addresses(): AddressSyntax {
    return new AddressSyntax(this.transports.map(({ manifest }) => manifest));
  }

  /** Every kind of thing, in the order of the help: those of transports behind the others. */
  get entries(): readonly ResourceEntry[] {
    this.#entries ??= [
      ...this.#own,
      ...this.transports.flatMap(({ manifest }) => this.#ofTransport(manifest)),
    ];
    return this.#entries;
  }

  /** One kind by its noun, found without a look at transports where it can be. */
  entry(noun: string): ResourceEntry | undefined {
    const isNoun = (entry: ResourceEntry): boolean => entry.noun === noun;
    return this.#own.find(isNoun) ?? this.entries.find(isNoun);
  }

  async resource(noun: string): Promise<Resource | undefined> {
    return this.entry(noun)?.load();
  }

  /** Every kind, in the order in which things are made. */
  async resources(): Promise<readonly Resource[]> {
    const all = await Promise.all(this.entries.map(({ load }) => load()));
    return stages.flatMap((stage) => all.filter((resource) => resource.stage === stage));
  }
}

/** What there is, found out when it is needed. */
export type LazyRegistry = () => Promise<Registry>;
