import { type NodeView, type SectionKey, sectionKeys } from "../runtime/views.js";
import type { NodeRecord } from "../state/nodes.js";

/** A node as `node create`, `node show` and `GET /show` tell it. */
export interface NodeJson extends NodeView {
  readonly is_default: boolean;
  readonly status: "running" | "stopped";
  readonly pid: number | null;
  /** `127.0.0.1:41327`; null when it has no HTTP server. */
  readonly http_server_address: string | null;
}

/** @param view what the node tells of itself; absent when it is stopped */
export function nodeJson(record: NodeRecord, view: NodeView | undefined): NodeJson {
  const { name } = record;
  return {
    name,
    is_default: record.isDefault,
    status: record.status,
    pid: record.process?.pid ?? null,
    route: view?.route ?? { short: `/node/${name}`, verbose: null },
    identifier: view?.identifier ?? null,
    http_server_address: record.process?.httpServerAddress ?? null,
    ...(Object.fromEntries(sectionKeys.map((key) => [key, view?.[key] ?? []])) as Record<
      SectionKey,
      readonly unknown[]
    >),
  };
}
