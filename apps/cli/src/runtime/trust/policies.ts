import { type AccessRule, CulvertError, type Origin } from "@x/core";
import { type PeerCredential, peerCredential, peerIdentity } from "@x/identity";
import { evaluatePolicy, type Policy, parsePolicy } from "@x/identity/policy";
import type { ResourceType } from "../../syntax/resource-types.js";
import type { Refusals } from "../limits/refusals.js";

/** What a policy is about: one resource, or all of a type. */
export type PolicySubject = { readonly resource: string } | { readonly resourceType: ResourceType };

/** What a rule is for. */
export interface RuledResource {
  readonly type: ResourceType;
  /** Its name, as policies know it: `outlet`. */
  readonly name: string;
  /** An expression of its own, beside the policies. */
  readonly allow?: string | undefined;
}

/** What policies need to know of their node. */
export interface PolicySurroundings {
  /** Whether it believes an authority: then its members alone may use what no policy is about. */
  readonly hasAuthority: boolean;
  readonly refusals: Refusals;
}

/** The policies of a node, asked at every message: a change counts from then on. */
export class Policies {
  readonly #surroundings: PolicySurroundings;
  readonly #ofResources = new Map<string, Policy>();
  readonly #ofTypes = new Map<ResourceType, Policy>();

  constructor(surroundings: PolicySurroundings) {
    this.#surroundings = surroundings;
  }

  /** Whose a message is: the identity that a secure channel proved; nobody without one. */
  readonly ownerOf = (origin: Origin): string | undefined => origin.fact(peerIdentity);

  /** Sets one, in the place of the one that was there. */
  set(subject: PolicySubject, policy: Policy): void {
    if ("resource" in subject) this.#ofResources.set(subject.resource, policy);
    else this.#ofTypes.set(subject.resourceType, policy);
  }

  delete(subject: PolicySubject): void {
    if ("resource" in subject) this.#ofResources.delete(subject.resource);
    else this.#ofTypes.delete(subject.resourceType);
  }

  /**
   * Who may send to a resource: whom its own expression lets in, and the policy about it, else the one about its type. Where there
   * is none of these, everybody may, or every member of the authority where the node has one. The operator always may.
   *
   * @throws CulvertError POLICY_INVALID
   */
  rule({ type, name, allow }: RuledResource): AccessRule {
    const own = allow === undefined ? undefined : parsePolicy(allow);
    // Whoever leads the way to an outlet has chosen it; only what is said of it counts.
    const needsMember = this.#surroundings.hasAuthority && type !== "tcp-inlet";
    return (origin) => {
      const about = this.#ofResources.get(name) ?? this.#ofTypes.get(type);
      const isOpen = own === undefined && about === undefined && !needsMember;
      if (isOpen || origin.isOwn || isAllowed([own, about], origin, name)) return true;
      this.#refused(origin, name);
      return false;
    };
  }

  #refused(origin: Origin, name: string): void {
    const identifier = origin.fact(peerIdentity);
    const who = identifier ?? "a stranger";
    const reason = `Cannot deliver to "${name}": its policy does not let in ${who}`;
    this.#surroundings.refusals.note(new CulvertError("ACCESS_DENIED", reason, { hop: name }), {
      resource: name,
      ...(identifier !== undefined && { identifier }),
    });
  }
}

/** Without any policy it is for members of the authority. */
function isAllowed(policies: readonly (Policy | undefined)[], origin: Origin, resource: string): boolean {
  const credential = validCredential(origin);
  const given = policies.filter((policy) => policy !== undefined);
  if (given.length === 0) return credential !== undefined;
  const identifier = origin.fact(peerIdentity);
  const { attributes } = credential ?? {};
  const asked = { identifier, attributes, resource, action: "handle_message" };
  return given.every((policy) => evaluatePolicy(policy, asked));
}

function validCredential(origin: Origin): PeerCredential | undefined {
  const credential = origin.fact(peerCredential);
  return credential !== undefined && Date.now() < credential.expiresAtMs ? credential : undefined;
}
