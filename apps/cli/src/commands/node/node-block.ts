import type { NodeJson } from "../../node-process/node-json.js";
import { formatBlock } from "../../output/blocks.js";
import type { Resource } from "../../registry/resource.js";
import { shownThings } from "../../registry/sections.js";

/** A node with all it has, as people read it. */
export function formatNode(json: NodeJson, kinds: readonly Resource[]): string {
  const fields = {
    Status: json.status,
    Process: json.pid,
    Route: json.route.verbose,
    "HTTP server": json.http_server_address === null ? null : `http://${json.http_server_address}`,
  };
  return [
    formatBlock({ title: nodeTitle(json.name, json.is_default), fields }),
    ...sections(json, kinds),
  ].join("\n");
}

function nodeTitle(name: string, isDefault: boolean): string {
  return isDefault ? `Node ${name} (default)` : `Node ${name}`;
}

function sections(json: NodeJson, kinds: readonly Resource[]): readonly string[] {
  const shown = shownThings(json, kinds);
  const titles = [...new Set(shown.map(({ section }) => section.title))];
  return titles.flatMap((title) => {
    const own = shown.filter(({ section }) => section.title === title);
    return [`  ${title}`, ...own.map(({ section, view }) => `    ${section.line(view)}`)];
  });
}
