import type { NodeTraffic } from "../../control/operation-types.js";
import { noNodes } from "../../output/blocks.js";
import { formatBytes } from "../../output/bytes.js";
import type { Style } from "../../output/style.js";
import type { Resource } from "../../registry/resource.js";
import { shownThings } from "../../registry/sections.js";
import type { NodeStatus } from "./node-status.js";

/** How to show nodes. */
export interface StatusForm {
  /** The kinds of things there are. */
  readonly kinds: readonly Resource[];
  readonly style: Style;
  /** The nodes at the last look; with them, speeds are shown too. */
  readonly earlier?: readonly NodeStatus[] | undefined;
}

/** All nodes as people read them. */
export function formatStatus(all: readonly NodeStatus[], form: StatusForm): string {
  if (all.length === 0) return noNodes;
  const before = new Map(form.earlier?.map(({ name, traffic }) => [name, traffic]));
  return all.map((node) => formatNode(node, before.get(node.name) ?? undefined, form)).join("\n\n");
}

function formatNode(node: NodeStatus, before: NodeTraffic | undefined, { kinds, style }: StatusForm): string {
  const { bold, green, red, yellow, dim } = style;
  const mark = (status: string): string => (status === "Up" ? green(status) : red(status));
  const state =
    node.failure === null ? (node.status === "running" ? green : dim)(node.status) : yellow("no answer");
  const title = `${bold(node.name)}${node.is_default ? " (default)" : ""}  ${state}`;
  const where =
    node.pid === null
      ? ""
      : `  process ${node.pid}${node.route.verbose === null ? "" : `  ${node.route.verbose}`}`;
  return [
    title + dim(where),
    ...(node.failure === null ? [] : [`  ${node.failure}`]),
    ...(node.traffic === null ? [] : [formatTraffic(node.traffic, before)]),
    ...shownThings(node, kinds).flatMap(({ section, view }) => {
      const line = section.status?.(view, mark);
      return line === undefined ? [] : [`  ${line}`];
    }),
  ].join("\n");
}

function formatTraffic(now: NodeTraffic, before: NodeTraffic | undefined): string {
  const seconds = before === undefined ? 0 : (now.uptime_ms - before.uptime_ms) / 1000;
  const speed = (bytes: number, earlier: number | undefined): string =>
    seconds > 0 && earlier !== undefined ? ` (${formatBytes(Math.max(0, bytes - earlier) / seconds)}/s)` : "";
  return [
    `  up ${formatUptime(now.uptime_ms)}`,
    `in ${formatBytes(now.bytes_in)}${speed(now.bytes_in, before?.bytes_in)}`,
    `out ${formatBytes(now.bytes_out)}${speed(now.bytes_out, before?.bytes_out)}`,
    `streams ${now.open_streams}`,
    `messages ${now.messages_delivered}`,
    `refused ${now.messages_refused}`,
  ].join("  ");
}

/** `1h 2m` */
export function formatUptime(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
