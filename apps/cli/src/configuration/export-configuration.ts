import { stringify } from "yaml";
import {
  defaultListenerAddress,
  defaultTransport,
  listenerOption,
  nodeOptions,
} from "../node-process/node-options.js";
import { suitsPlace } from "../registry/kinds.js";
import { optionKey } from "../registry/option.js";
import { keysOf, type Resource } from "../registry/resource.js";
import type { NamedParams } from "../runtime/resource-table.js";
import type { TransportEntry } from "../transports/transport-entry.js";
import type { StandingNode } from "./standing.js";

/** The arguments of one thing, as a configuration has them. */
type Written = Readonly<Record<string, unknown>>;

/** A configuration that describes nodes with all that was made on them. */
export function exportConfiguration(
  nodes: ReadonlyMap<string, StandingNode>,
  kinds: readonly Resource[],
  transports: readonly TransportEntry[],
): { readonly text: string; readonly content: unknown } {
  const written = [...nodes].map(([name, node]) => [name, writeNode(node, kinds)] as const);
  // In a map, a name that is a key, too, would be taken for that.
  const keys = new Set([...nodeOptions(transports).map(optionKey), "limits", ...kinds.flatMap(keysOf)]);
  const isMap = written.every(([name]) => !keys.has(name));
  const content = escaped({
    version: 1,
    nodes: isMap ? Object.fromEntries(written) : written.map(([name, node]) => ({ name, ...node })),
  });
  return { text: stringify(content, { lineWidth: 0 }).trimEnd(), content };
}

function writeNode({ settings, things }: StandingNode, kinds: readonly Resource[]): Written | null {
  const node: Record<string, unknown> = {};
  const { listeners, identity, authority, credentialScope, httpServerPort, limits = {} } = settings;
  const left = new Map([...things].map(([noun, all]) => [noun, [...all]]));
  for (const [transport, where] of Object.entries(listeners)) {
    const all = left.get(`${transport}-listener`) ?? [];
    const own = all.findIndex(({ name }) => suitsPlace(where, name));
    if (own === -1) continue;
    all.splice(own, 1);
    if (transport !== defaultTransport || where !== defaultListenerAddress)
      node[listenerOption(transport)] = where;
  }
  if (identity !== undefined) node.identity = identity;
  if (authority !== undefined) node["authority-identity"] = authority;
  if (credentialScope !== undefined) node["credential-scope"] = credentialScope;
  if (httpServerPort === 0) node["http-server"] = true;
  else if (httpServerPort !== undefined) node["http-server-port"] = httpServerPort;
  if (Object.keys(limits).length > 0) node.limits = limits;
  for (const kind of kinds) {
    const all = left.get(kind.noun) ?? [];
    if (all.length > 0) node[keysOf(kind).at(-1) ?? kind.noun] = all.map((thing) => writeThing(kind, thing));
  }
  return Object.keys(node).length === 0 ? null : node;
}

/** What making one takes, without what counts when it is left out. */
function writeThing({ options }: Resource, { params }: NamedParams): Written {
  const written = new Map<string, unknown>();
  const told = new Set<string>();
  for (const option of options) {
    const { as, kind, default: usual } = option;
    const value = params[as];
    if (as === "" || value === undefined || option.once === true || told.has(as)) continue;
    told.add(as);
    const text =
      kind.form === "flag" ? value : (kind.write?.(value) ?? (kind.form === "list" ? value : String(value)));
    if (text !== usual) written.set(optionKey(option), text);
  }
  return Object.fromEntries(written);
}

/** The same with `$` as variables have it. */
function escaped(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("$", "$$$$");
  if (Array.isArray(value)) return value.map(escaped);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, escaped(item)]));
}
