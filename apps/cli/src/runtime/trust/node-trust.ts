import type { Route } from "@x/core";
import {
  type ChannelIdentity,
  channelIdentity,
  credentialChecker,
  type Identifier,
  type Identity,
  identityChecker,
  KnownIdentities,
  type OwnIdentity,
} from "@x/identity";
import { statePeer } from "@x/identity/inner";
import { type ChannelOptions, type ChannelTrust, onlyIdentifiers } from "@x/secure-channel";
import { type IdentitySource, memoryIdentities } from "./identity-source.js";

/** Who a node is, and whom it believes. */
export interface NodeTrustOptions {
  /** Where it finds identities. Default: they last as long as the node. */
  readonly identities?: IdentitySource;
  /** The name of its identity. Default: the default one. */
  readonly identity?: string;
  /** Who says what others may do; without one, nobody's credentials count. */
  readonly authority?: Identity;
  /** Which of the credentials of its identity it shows. Default: all. */
  readonly scope?: string;
  /** Whether its own credentials count, as it issues some. Who has none is accepted too. Default false. */
  readonly believesItself?: boolean;
}

/** Whom one channel or listener is for. */
export interface PeersOptions {
  /** The identity to show. Default: the node's. */
  readonly identity?: string;
  /** The only identities that are accepted. Default: as the node says. */
  readonly authorized?: readonly Identifier[];
  /** A credential to show in place of those of the identity, as its authority signed it, in hex digits. */
  readonly credential?: string;
}

/** Told of an identity that was met for the first time at the end of a route, and is remembered from now on. */
export type FirstUseListener = (route: Route, identifier: Identifier) => void;

/** The same for a channel that is opened. */
export interface DiallingOptions extends PeersOptions {
  /** What is remembered with the identity that is met first at the end of a route. */
  readonly route: string;
  /** Told of an identity that was met for the first time, and is remembered from now on. */
  readonly onFirstUse: (identifier: Identifier) => void;
}

/** What a channel asks about others, and shows. */
export type DiallingTrust = ChannelTrust & Pick<ChannelOptions, "checkIdentifier">;

/** Who a node is, and whom it accepts at the other end of its channels. */
export class NodeTrust {
  /** Who says what others may do. */
  readonly authority: Identity | undefined;
  readonly #source: IdentitySource;
  readonly #name: string | undefined;
  readonly #scope: string | undefined;
  readonly #believesItself: boolean;
  readonly #known: KnownIdentities;
  readonly #onFirstUse = new Set<FirstUseListener>();

  constructor(options: NodeTrustOptions) {
    const { identities = memoryIdentities(), identity, authority, scope, believesItself = false } = options;
    this.#source = identities;
    this.#name = identity;
    this.authority = authority;
    this.#scope = scope;
    this.#believesItself = believesItself;
    this.#known = new KnownIdentities(authority === undefined ? {} : { kept: [authority] });
  }

  /** The node's own identity, with its newest key. @throws what {@link IdentitySource.use} throws */
  own(): Promise<OwnIdentity> {
    return this.#source.use(this.#name);
  }

  /**
   * The identity that a channel or listener shows: with its newest keys at each handshake.
   *
   * @throws what {@link IdentitySource.use} throws
   */
  async identity(name: string | undefined = this.#name): Promise<ChannelIdentity> {
    const { identifier } = await this.#source.use(name);
    return {
      identifier,
      proof: async (purposeKey) => channelIdentity(await this.#source.use(name)).proof(purposeKey),
    };
  }

  /** Calls `listener` for each identity that is met for the first time, until the returned function is called. */
  onFirstUse(listener: FirstUseListener): () => void {
    this.#onFirstUse.add(listener);
    return () => this.#onFirstUse.delete(listener);
  }

  /** Tells of an identity that is remembered from now on. */
  metFirst(route: Route, identifier: Identifier): void {
    for (const listener of this.#onFirstUse) listener(route, identifier);
  }

  /** How a listener knows others. Without identities or an authority it accepts whoever proves to be somebody. */
  async listening({ identity, authorized, credential }: PeersOptions): Promise<ChannelTrust> {
    const own = await this.identity(identity);
    const issuer = this.authority?.identifier ?? (this.#believesItself ? own.identifier : undefined);
    return {
      identity: own,
      identities: identityChecker(this.#known),
      credentials: {
        credentials: async () =>
          credential === undefined
            ? this.#source.credentials(own.identifier, this.#scope)
            : [Buffer.from(credential, "hex")],
      },
      authorize: authorized === undefined ? (peer) => this.#checkMember(peer) : onlyIdentifiers(authorized),
      facts: statePeer,
      ...(issuer !== undefined && {
        credentialChecker: credentialChecker({ issuers: [issuer], known: this.#known }),
      }),
    };
  }

  /**
   * How the one who opens a channel knows the other end: those that were named; else members of the authority; else identities of
   * the same user; else the identity that was met first at the end of that route.
   */
  async dialling(options: DiallingOptions): Promise<DiallingTrust> {
    const { authorized, route, onFirstUse } = options;
    const trust = await this.listening(options);
    if (authorized !== undefined) {
      const check = onlyIdentifiers(authorized);
      return { ...trust, checkIdentifier: (identifier) => check({ identifier, credential: undefined }) };
    }
    if (this.authority !== undefined) return trust;
    return {
      ...trust,
      checkIdentifier: async (identifier) => this.#changed(identifier, await this.#source.remembered(route)),
      authorize: async ({ identifier }) => {
        const isFirst = (await this.#source.remembered(route)) === undefined;
        const refusal = await this.#changed(identifier, await this.#source.remember(route, identifier));
        if (refusal === undefined && isFirst && !(await this.#isOwn(identifier))) onFirstUse(identifier);
        return refusal;
      },
    };
  }

  #checkMember({ identifier, credential }: Parameters<ChannelTrust["authorize"]>[0]) {
    const { authority } = this;
    if (authority === undefined || credential !== undefined) return undefined;
    const reason = `${identifier} shows no valid credential of the authority ${authority.identifier}`;
    return { code: "CHANNEL_REFUSED", reason } as const;
  }

  async #changed(identifier: Identifier, first: Identifier | undefined) {
    if (first === undefined || first === identifier || (await this.#isOwn(identifier))) return undefined;
    const reason = `the identity at the end of the route is ${identifier}, and was ${first} at its first use`;
    return { code: "IDENTITY_CHANGED", reason } as const;
  }

  async #isOwn(identifier: Identifier): Promise<boolean> {
    return (await this.#source.own()).includes(identifier);
  }
}
