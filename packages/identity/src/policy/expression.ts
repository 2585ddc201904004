/** What a comparison reads: text, or something by its name. */
export type Term =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "name"; readonly name: string };

/** Who may do what, as a tree. Plain data: made by {@link parsePolicy}, shown by {@link formatPolicy}. */
export type Policy =
  | { readonly kind: "="; readonly terms: readonly Term[] }
  | { readonly kind: "member?"; readonly term: Term; readonly list: readonly Term[] }
  | { readonly kind: "and" | "or"; readonly parts: readonly Policy[] }
  | { readonly kind: "not"; readonly part: Policy };

/** What a policy can ask for beside `subject.<attribute>`. */
export const knownNames: readonly string[] = ["subject.identifier", "resource", "action"];

/** In front of the name of an attribute. */
export const attributePrefix = "subject.";

/** A policy as text in its full form, which {@link parsePolicy} takes back. */
export function formatPolicy(policy: Policy): string {
  switch (policy.kind) {
    case "=":
      return `(= ${policy.terms.map(formatTerm).join(" ")})`;
    case "member?":
      return `(member? ${formatTerm(policy.term)} [${policy.list.map(formatTerm).join(" ")}])`;
    case "not":
      return `(not ${formatPolicy(policy.part)})`;
    default:
      return `(${policy.kind} ${policy.parts.map(formatPolicy).join(" ")})`;
  }
}

function formatTerm(term: Term): string {
  return term.kind === "name" ? term.name : `"${term.text.replace(/["\\]/g, "\\$&")}"`;
}
