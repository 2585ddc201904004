import type { Attributes } from "../credential/attributes.js";
import type { Identifier } from "../history/history.js";
import { attributePrefix, type Policy, type Term } from "./expression.js";

/** What a policy is asked about. */
export interface PolicyRequest {
  /** Who asks, proven. Nothing: a stranger, to whom every policy says no. */
  readonly identifier: Identifier | undefined;
  /** What an authority says about them now. Default: nothing. */
  readonly attributes?: Attributes | undefined;
  /** What they want to use: `outlet`. */
  readonly resource: string;
  /** What they want to do with it: `handle_message`. */
  readonly action: string;
}

/** The answer when something was read that is not there: it is no, whatever stands around it. */
type Answer = boolean | "absent";

/**
 * Says whether a policy lets a request pass. Parts are read from left to right, and only as far as they decide.
 * Without a proven identity the answer is no, and so it is when an attribute is read that the subject does not have: otherwise
 * `(not …)` would let in whoever has no attributes at all.
 */
export function evaluatePolicy(policy: Policy, request: PolicyRequest): boolean {
  return request.identifier !== undefined && answer(policy, request) === true;
}

function answer(policy: Policy, request: PolicyRequest): Answer {
  switch (policy.kind) {
    case "not": {
      const inner = answer(policy.part, request);
      return inner === "absent" ? inner : !inner;
    }
    case "and":
    case "or": {
      const deciding = policy.kind === "or";
      for (const part of policy.parts) {
        const each = answer(part, request);
        if (each === "absent" || each === deciding) return each;
      }
      return !deciding;
    }
    case "=":
      return compare(policy.terms, request, (values) => values.every((value) => value === values[0]));
    case "member?":
      return compare([policy.term, ...policy.list], request, ([value, ...list]) =>
        list.includes(value as string),
      );
  }
}

function compare(
  terms: readonly Term[],
  request: PolicyRequest,
  holds: (values: readonly string[]) => boolean,
): Answer {
  const values: string[] = [];
  for (const term of terms) {
    const value = term.kind === "text" ? term.text : read(term.name, request);
    if (value === undefined) return "absent";
    values.push(value);
  }
  return holds(values);
}

function read(name: string, request: PolicyRequest): string | undefined {
  if (name === "resource") return request.resource;
  if (name === "action") return request.action;
  const attribute = name.slice(attributePrefix.length);
  if (attribute === "identifier") return request.identifier;
  const { attributes = {} } = request;
  return Object.hasOwn(attributes, attribute) ? attributes[attribute] : undefined;
}
