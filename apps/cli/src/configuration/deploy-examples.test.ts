import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { registry } from "../../test-support/runtimes.js";
import { readConfiguration } from "./configuration.js";

const folder = new URL("../../../../docs/deploy/", import.meta.url);

interface Compose {
  readonly services: Readonly<Record<string, { configs?: { source: string }[]; volumes?: string[] }>>;
  readonly configs: Readonly<Record<string, { content: string }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

describe("docs/deploy/compose.yaml", () => {
  it("has configurations that can be used, and names what there is", async () => {
    const compose = parse(await readFile(new URL("compose.yaml", folder), "utf8")) as Compose;
    const kinds = await registry.resources();
    const { transports, addresses } = registry;
    const variables = { given: new Map(), environment: () => undefined };
    const options = { kinds, transports, addresses, variables, hasNode: false };
    const described = Object.entries(compose.configs).map(([source, { content }]) =>
      readConfiguration({ text: content, source }, options),
    );
    expect(described.flatMap(({ nodes }) => nodes)).toHaveLength(2);
    expect(described.flatMap(({ resources }) => resources)).toHaveLength(2);
    for (const { configs = [], volumes = [] } of Object.values(compose.services)) {
      for (const { source } of configs) expect(compose.configs).toHaveProperty(source);
      for (const volume of volumes) expect(compose.volumes).toHaveProperty(volume.split(":")[0] ?? "");
    }
  });
});

describe("docs/deploy/Dockerfile", () => {
  it("runs commands that there are, in a folder that its user owns", async () => {
    const text = await readFile(new URL("Dockerfile", folder), "utf8");
    const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    expect(lines[0]).toMatch(/^FROM node:\d+/);
    for (const line of lines)
      expect(line).toMatch(/^(?:FROM|RUN|USER|ENV|VOLUME|HEALTHCHECK|ENTRYPOINT|CMD) /);
    expect(text).toContain('CMD ["run", "/etc/culvert/culvert.yaml", "--blocking"]');
  });
});
