import type { StoredParts } from "../registry/stored-things.js";
import type { LimitSettings } from "../runtime/limits/node-limits.js";
import { type NodeView, type SectionKey, sectionKeys } from "../runtime/views.js";
import { readSettings } from "../state/node-files.js";
import type { NodeRecord } from "../state/nodes.js";

/** A node as `node create`, `node show` and `GET /show` tell it. */
export interface NodeJson extends NodeView {
  readonly is_default: boolean;
  readonly status: "running" | "stopped";
  readonly pid: number | null;
  /** The version of Culvert that it runs; null when it is stopped. */
  readonly version: string | null;
  /** `127.0.0.1:41327`; null when it has no HTTP server. */
  readonly http_server_address: string | null;
  /** The limits that it was given; the others are as docs/limits.md says. */
  readonly limits: LimitSettings;
}

/**
 * @param view what the node tells of itself; absent when it is stopped
 * @param stored what it will have when it is started. Default: nothing is told of that
 */
export function nodeJson(record: NodeRecord, view: NodeView | undefined, stored?: StoredParts): NodeJson {
  const { name } = record;
  return {
    name,
    is_default: record.isDefault,
    status: record.status,
    pid: record.process?.pid ?? null,
    version: record.process?.version ?? null,
    route: view?.route ?? { short: `/node/${name}`, verbose: null },
    identifier: view?.identifier ?? null,
    limits: limitsOf(record),
    http_server_address: record.process?.httpServerAddress ?? null,
    ...(Object.fromEntries(sectionKeys.map((key) => [key, (view ?? stored)?.[key] ?? []])) as Record<
      SectionKey,
      readonly unknown[]
    >),
  };
}

/** A broken file is the matter of `doctor`. */
function limitsOf({ paths }: NodeRecord): LimitSettings {
  try {
    return readSettings(paths)?.limits ?? {};
  } catch {
    return {};
  }
}
