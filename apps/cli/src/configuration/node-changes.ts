import { isDeepStrictEqual } from "node:util";
import type { NewNode } from "../node-process/create-node.js";
import type { NodeSettings } from "../state/node-files.js";

/** The settings of a node by their keys in configurations. */
const settingKeys = {
  identity: "identity",
  authority: "authority-identity",
  credentialScope: "credential-scope",
  httpServerPort: "http-server-port",
  limits: "limits",
} as const;

type SettingName = keyof typeof settingKeys;

/** What makes the settings of a node what a configuration says of it. */
export interface NodeChange {
  readonly settings: NodeSettings;
  /** The keys of what differs. */
  readonly changed: readonly string[];
}

/**
 * What differs between a node and what is said of it. What is not said stays, unless all else is to go: then the node has no HTTP
 * server and no limits of its own. Who it is, and whom it believes, is never taken away.
 */
export function nodeChange(wanted: NewNode, has: NodeSettings, prune: boolean): NodeChange | undefined {
  const gone: readonly SettingName[] = prune ? ["httpServerPort", "limits"] : [];
  const names = (Object.keys(settingKeys) as SettingName[]).filter((name) => {
    const [one, other] = [wanted[name], has[name]];
    if (one === undefined) return gone.includes(name) && other !== undefined && !isDeepStrictEqual(other, {});
    // Any port suits whoever lets the system choose.
    if (name === "httpServerPort" && one === 0) return other === undefined;
    return !isDeepStrictEqual(one, other);
  });
  if (names.length === 0) return undefined;
  const settings: Record<string, unknown> = { ...has };
  for (const name of names) {
    if (wanted[name] === undefined) delete settings[name];
    else settings[name] = wanted[name];
  }
  return { settings: settings as unknown as NodeSettings, changed: names.map((name) => settingKeys[name]) };
}
