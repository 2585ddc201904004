import { formatPolicy, parsePolicy } from "@x/identity/policy";
import * as v from "valibot";
import type { ValueKind } from "../../registry/option.js";

/** A policy, in its full form or in its short one; its value is the full form. */
export const policyText: ValueKind<string> = {
  schema: v.pipe(
    v.string(),
    v.check((text) => isPolicy(text), "must be a policy"),
  ),
  check: (text) => parsePolicy(text),
  read: ([text = ""]) => formatPolicy(parsePolicy(text)),
};

function isPolicy(text: string): boolean {
  try {
    parsePolicy(text);
    return true;
  } catch {
    return false;
  }
}
