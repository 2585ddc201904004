import { nodeOptions } from "../src/node-process/node-options.js";
import { type Option, optionKey } from "../src/registry/option.js";
import { keysOf, type Resource } from "../src/registry/resource.js";
import type { TransportEntry } from "../src/transports/transport-entry.js";

/** A part of a JSON Schema. */
type Schema = Readonly<Record<string, unknown>>;

/** Any single value: all are read as text, and may hold variables. */
const scalar: Schema = { type: ["string", "number", "boolean"] };

/** Text in which a variable stands for what is not known yet. */
const variable: Schema = { type: "string", pattern: "\\$" };

/**
 * The JSON Schema (draft 2020-12) of configurations, for editors. What it refuses is wrong; what values mean is checked when a
 * configuration is read.
 */
export function configurationSchema(
  kinds: readonly Resource[],
  transports: readonly TransportEntry[],
): Schema {
  const named = kinds.flatMap((kind) => keysOf(kind).map((key) => [key, { $ref: `#/$defs/${kind.noun}` }]));
  const things = Object.fromEntries(named) as Readonly<Record<string, Schema>>;
  const limits = { type: "object", minProperties: 1, additionalProperties: { type: ["integer", "string"] } };
  const node = { ...argumentsOf(nodeOptions(transports)).properties, limits };
  const nodeThings = { ...node, ...things };
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "What culvert apply, run and node create make",
    type: "object",
    minProperties: 1,
    properties: {
      version: { enum: [1, "1"] },
      variables: { type: "object", additionalProperties: scalar },
      ...nodeThings,
      nodes: { $ref: "#/$defs/node" },
    },
    additionalProperties: false,
    $defs: {
      node: entriesOf("node", "name", { properties: nodeThings, required: [] }),
      ...Object.fromEntries(
        kinds.map((kind) => [kind.noun, entriesOf(kind.noun, kind.named, argumentsOf(kind.options))]),
      ),
    },
  };
}

interface Arguments {
  readonly properties: Readonly<Record<string, Schema>>;
  readonly required: readonly string[];
}

/** A name, a list, the arguments of one thing, or a map of names and arguments. */
function entriesOf(def: string, named: string, { properties, required }: Arguments): Schema {
  const { [named]: _name, ...others } = properties;
  const one = { type: "object", properties, required, minProperties: 1, additionalProperties: false };
  const ofName = {
    type: "object",
    properties: others,
    required: required.filter((key) => key !== named),
    additionalProperties: false,
  };
  const map = {
    type: "object",
    minProperties: 1,
    propertyNames: { not: { enum: Object.keys(properties) } },
    additionalProperties: { anyOf: [ofName, { type: "null" }] },
  };
  return { anyOf: [scalar, { type: "array", items: { $ref: `#/$defs/${def}` } }, one, map] };
}

function argumentsOf(options: readonly Option[]): Arguments {
  return {
    properties: Object.fromEntries(options.map((option) => [optionKey(option), valueSchema(option)])),
    required: options.filter(({ required }) => required === true).map(optionKey),
  };
}

function valueSchema({ kind, description, default: usual }: Option): Schema {
  const said = { description, ...(usual !== undefined && { default: usual }) };
  if (kind.form === "flag")
    return { ...said, anyOf: [{ type: "boolean" }, { enum: ["true", "false"] }, variable] };
  if (kind.choices !== undefined) return { ...said, anyOf: [{ enum: kind.choices }, variable] };
  if (kind.form === "list")
    return { ...said, anyOf: [scalar, { type: "array", minItems: 1, items: scalar }] };
  return { ...said, ...scalar };
}
