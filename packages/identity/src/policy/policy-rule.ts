import type { AccessRule } from "@x/core";
import { peerCredential, peerIdentity } from "../facts.js";
import { evaluatePolicy } from "./evaluate.js";
import type { Policy } from "./expression.js";
import { parsePolicy } from "./parse-policy.js";

/** What a policy is about. */
export interface PolicyRuleOptions {
  /** What the worker is, as policies name it: `outlet`. */
  readonly resource: string;
  /** What its senders do. Default `handle_message`. */
  readonly action?: string;
  /** What time it is, in milliseconds since 1970. Default the clock's. */
  readonly now?: () => number;
}

/**
 * A policy as the access rule of a worker, asked at every message.
 * Who the sender is, and what an authority says about it, it reads from the facts of the message's origin; a credential that ended
 * counts no more from that moment on.
 *
 * ```ts
 * host.startWorker(handler, { exposure: "network", access: policyRule('(= subject.role "web")', { resource: "outlet" }) });
 * ```
 *
 * @throws CulvertError POLICY_INVALID
 */
export function policyRule(expression: string | Policy, options: PolicyRuleOptions): AccessRule {
  const policy = typeof expression === "string" ? parsePolicy(expression) : expression;
  const { resource, action = "handle_message", now = Date.now } = options;
  return (origin) => {
    const credential = origin.fact(peerCredential);
    const holds = credential !== undefined && now() < credential.expiresAtMs;
    return evaluatePolicy(policy, {
      identifier: origin.fact(peerIdentity),
      attributes: holds ? credential.attributes : undefined,
      resource,
      action,
    });
  };
}
