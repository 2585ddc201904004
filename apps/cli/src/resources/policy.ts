import { parsePolicy } from "@x/identity/policy";
import { CliError } from "../cli-error.js";
import { choice, serviceAddress } from "../registry/kinds.js";
import { option, type ParamsOf } from "../registry/option.js";
import type { Resource } from "../registry/resource.js";
import type { PolicySubject } from "../runtime/trust/policies.js";
import { isResourceType, resourceTypes } from "../syntax/resource-types.js";
import { nodeOption } from "./options/node-option.js";
import { policyText } from "./options/policy-text.js";

const options = [
  nodeOption,
  option("resource", serviceAddress, {
    flags: "--resource <name>",
    description:
      "What it is about, such as outlet; the name of a type means all of that type; --resource-type says it when left out",
  }),
  option("resourceType", choice(...resourceTypes), {
    flags: "--resource-type <type>",
    description: "All of a type; --resource says what when left out",
  }),
  option("expression", policyText, {
    flags: "--expression <expression>",
    description:
      "Who may use it, such as '(= subject.role \"web\")' or `component.db or component.web`; --allow says it when left out",
  }),
  option("expression", policyText, {
    flags: "--allow <expression>",
    description: "The same; --expression when left out",
  }),
] as const;

/** What making a policy takes. */
export type PolicyParams = ParamsOf<typeof options>;

/** What an operation tells of a policy. */
export interface PolicyView {
  /** The resource, or the type, that it is about. */
  readonly name: string;
  readonly resource: string | null;
  readonly resource_type: string | null;
  /** In its full form. */
  readonly expression: string;
}

interface PolicyEntry {
  readonly subject: PolicySubject;
  readonly expression: string;
}

/** Who may use what a node has: asked at every message, by the identity and the credential that a secure channel proved. */
export const policy: Resource<PolicyParams, PolicyEntry, PolicyView> = {
  noun: "policy",
  what: "policy",
  many: "policies",
  stage: "offer",
  verbs: {
    create: {
      summary: "Say who may use something",
      description:
        "Whoever comes without a secure channel is nobody, and no policy lets nobody in. One about a resource takes the place of the one about its type.",
      examples: [
        "policy create --at n1 --resource outlet --expression '(= subject.role \"web\")'",
        "policy create --resource-type tcp-outlet --allow 'component.db or component.web'",
      ],
    },
    list: { summary: "List policies" },
    show: { summary: "Show a policy" },
    delete: { summary: "Delete a policy" },
  },
  options,
  keys: ["policy", "policies"],
  name: { syntax: "[name]", example: "outlet", description: "The resource, or the type, that it is about" },
  named: "resource",
  unique: "resource",

  tell(terminal, { node, view }) {
    terminal.done(`Node ${node} lets in to ${view.name}: ${view.expression}`);
    return view.name;
  },
  nameOf: ({ name }) => name,
  block: ({ name, resource_type, expression }) => ({
    title: name,
    fields: { about: resource_type === null ? "this resource" : "all of this type", expression },
  }),
  section: {
    key: "policies",
    title: "Policies",
    line: ({ name, expression }) => `${name}: ${expression}`,
  },

  plain: ({ expression, ...params }) => ({
    ...subjectOf(params),
    ...(expression !== undefined && { expression }),
  }),
  changeable: ["expression"],
  // In one step: nobody comes in meanwhile.
  change: (context, _entry, params, making) => policy.start(context, params, making),
  identity: (params) => nameOf(subjectOf(params)),
  reserve: (params) => nameOf(subjectOf(params)),
  async start({ policies }, params) {
    const { expression } = params;
    if (expression === undefined) throw missing("an expression", "--expression '(= subject.role \"web\")'");
    const subject = subjectOf(params);
    policies.set(subject, parsePolicy(expression));
    return { subject, expression };
  },
  spec: ({ subject, expression }) => ({ ...subject, expression }),
  names: ({ subject }) => [nameOf(subject)],
  view: (_context, { subject, expression }) => ({
    name: nameOf(subject),
    resource: "resource" in subject ? subject.resource : null,
    resource_type: "resourceType" in subject ? subject.resourceType : null,
    expression,
  }),
  close: async ({ subject }, { policies }) => policies.delete(subject),
};

function subjectOf({ resource, resourceType }: PolicyParams): PolicySubject {
  if (resource !== undefined && resourceType !== undefined) {
    throw new CliError("USAGE_INVALID", "Cannot use --resource and --resource-type together", {
      hint: "Give one of the two",
    });
  }
  if (resourceType !== undefined) return { resourceType };
  if (resource === undefined) throw missing("a resource", "--resource outlet");
  return isResourceType(resource) ? { resourceType: resource } : { resource };
}

function nameOf(subject: PolicySubject): string {
  return "resource" in subject ? subject.resource : subject.resourceType;
}

function missing(what: string, example: string): CliError {
  return new CliError("USAGE_INVALID", `Cannot create policy without ${what}`, {
    hint: `Add one, such as ${example}`,
  });
}
