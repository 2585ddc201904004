import type { Route } from "@x/core";
import { type Identifier, type Identity, importIdentity, isIdentifier } from "@x/identity";
import * as v from "valibot";
import { maxMemberships } from "../authority/limits.js";
import { route } from "../registry/schemas.js";
import { HomeFile } from "../state/home-file.js";

/** That an identity of a home is a member of what an authority looks after. */
export interface Membership {
  readonly authority: Identifier;
  /** Its public history, in hex digits. */
  readonly history: string;
  /** Ways to its listener for channels. */
  readonly routes: readonly Route[];
  /** The name of the member. */
  readonly identity: string;
  /** The nodes that take part in it, by the scope of the credentials they show. Default: all that are made from then on. */
  readonly scope?: string;
}

const file = v.object({
  version: v.literal(1),
  memberships: v.array(
    v.strictObject({
      authority: v.custom<Identifier>(isIdentifier),
      history: v.pipe(v.string(), v.hexadecimal()),
      routes: v.array(route),
      identity: v.string(),
      scope: v.exactOptional(v.string()),
    }),
  ),
});

/** The authorities that a home is a member with: its nodes believe the newest, and renew the credentials of all. */
export class HomeMemberships {
  readonly #file: HomeFile<{ readonly memberships: readonly Membership[] }>;

  constructor(home: string) {
    const check = (value: unknown): { memberships: readonly Membership[] } | undefined => {
      const result = v.safeParse(file, value);
      return result.success ? result.output : undefined;
    };
    this.#file = new HomeFile(home, "memberships.json", { check, empty: { memberships: [] } });
  }

  /** In the order they began. @throws CliError STATE_CORRUPT, STATE_FAILED */
  list(): readonly Membership[] {
    return this.#file.read().memberships;
  }

  /** The one that new nodes take part in. @throws CliError STATE_CORRUPT, STATE_FAILED */
  newest(): Membership | undefined {
    return this.list().findLast(({ scope }) => scope === undefined);
  }

  /** Forgets those of a scope. @throws CliError STATE_CORRUPT, STATE_FAILED */
  async remove(scope: string): Promise<void> {
    await this.#file.change(async ({ memberships }, save) => {
      await save({ memberships: memberships.filter((one) => one.scope !== scope) });
    });
  }

  /** Remembers one, in place of the one before it of the same identity with the same authority. @throws CliError STATE_CORRUPT, STATE_FAILED */
  async add(membership: Membership): Promise<void> {
    await this.#file.change(async ({ memberships }, save) => {
      const { authority, identity } = membership;
      const others = memberships.filter((one) => one.authority !== authority || one.identity !== identity);
      await save({ memberships: [...others.slice(1 - maxMemberships), membership] });
    });
  }

  /** Forgets those of identities that are deleted. @throws CliError STATE_CORRUPT, STATE_FAILED */
  async removeOf(identities: readonly string[]): Promise<void> {
    if (this.list().every(({ identity }) => !identities.includes(identity))) return;
    await this.#file.change(async ({ memberships }, save) => {
      await save({ memberships: memberships.filter(({ identity }) => !identities.includes(identity)) });
    });
  }
}

/** The authority of a membership. @throws CulvertError IDENTITY_INVALID */
export function authorityOf({ history }: Membership): Promise<Identity> {
  return importIdentity(history);
}
