import type { NodeJson } from "../../node-process/node-json.js";
import { formatBlock } from "../../output/blocks.js";
import type { Resource } from "../../registry/resource.js";
import { shownThings } from "../../registry/sections.js";
import { toldSettings, type WithSettings } from "../../registry/settings.js";

/** A node with all it has, as people read it. */
export function formatNode(json: NodeJson, kinds: readonly Resource[]): string {
  const fields = {
    Status: json.status,
    Process: json.pid,
    Version: json.version,
    Route: json.route.verbose,
    Limits: limitsText(json.limits),
    "HTTP server": json.http_server_address === null ? null : `http://${json.http_server_address}`,
  };
  return [
    formatBlock({ title: nodeTitle(json.name, json.is_default), fields }),
    ...sections(json, kinds),
  ].join("\n");
}

function limitsText(limits: NodeJson["limits"]): string | null {
  const all = Object.entries(limits).map(([name, value]) => `${name}=${value}`);
  return all.length === 0 ? null : all.join(", ");
}

function nodeTitle(name: string, isDefault: boolean): string {
  return isDefault ? `Node ${name} (default)` : `Node ${name}`;
}

type ShownThing = ReturnType<typeof shownThings>[number];

/** A thing in one line, and another one for what was said when it was made and stands nowhere in the first. */
function thingLines({ kind, section, view }: ShownThing, isRunning: boolean): readonly string[] {
  const settings = toldSettings(kind.options, view as WithSettings);
  const asText = (all: typeof settings): string => all.map(([name, text]) => `${name} ${text}`).join(", ");
  if (!isRunning) return [`    ${kind.noun}: ${asText(settings)}`];
  const line = section.line(view);
  const said = new Set(line.split(/,? |: |,$/));
  const more = settings.filter(([, text]) => !text.split(", ").every((part) => said.has(part)));
  return [`    ${line}`, ...(more.length === 0 ? [] : [`      ${asText(more)}`])];
}

function sections(json: NodeJson, kinds: readonly Resource[]): readonly string[] {
  const shown = shownThings(json, kinds);
  const titles = [...new Set(shown.map(({ section }) => section.title))];
  return titles.flatMap((title) => {
    const own = shown.filter(({ section }) => section.title === title);
    return [`  ${title}`, ...own.flatMap((thing) => thingLines(thing, json.status === "running"))];
  });
}
