import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { configurationSchema } from "../../test-support/configuration-schema.js";
import { registry } from "../../test-support/runtimes.js";
import { readConfiguration } from "./configuration.js";

const path = fileURLToPath(new URL("../../culvert.schema.json", import.meta.url));
const kinds = await registry.resources();
const schema = configurationSchema(kinds, registry.transports);
const isOfSchema = new Ajv2020({ allowUnionTypes: true }).compile(schema);

/** Whether it can be read. */
function isReadable(text: string): boolean {
  const { transports, addresses } = registry;
  const variables = { given: new Map([["PORT", "9000"]]), environment: () => undefined };
  try {
    readConfiguration({ text, source: "x" }, { kinds, transports, addresses, variables, hasNode: false });
    return true;
  } catch {
    return false;
  }
}

const right = [
  "nodes: n1",
  "nodes: [n1, n2]",
  "nodes: { n1: , n2: { tcp-listener-address: 127.0.0.1:7000, limits: { connections: 7 } } }",
  "name: n1\nhttp-server: true\nservices: hop",
  "version: 1\nvariables: { PORT: 9000 }\nnodes: { n1: { tcp-outlet: { to: $PORT } } }",
  "tcp-inlets: { web: { to: [/node/n2/service/a, /node/n2/service/b], tcp-no-delay: off } }",
  "relays: [a, { name: b, at: /node/n2 }]",
  "nodes: [{ name: relay, policies: { outlet: { allow: component.web } } }]",
  "tcp-listeners: 127.0.0.1:7000\nudp-listener: { address: 127.0.0.1:7000 }",
  "tcp-outlet: { to: 9000, proxy-protocol: v2, max-connections: 7 }",
];

const wrong = [
  "nodez: n1",
  "version: 2\nnodes: n1",
  "nodes: { n1: { tcp-outlet: { too: 9000 } } }",
  "tcp-inlets: { web: { from: 127.0.0.1:0 } }",
  "tcp-outlet: { to: 9000, proxy-protocol: v3 }",
  "tcp-outlet: { to: { a: b } }",
  "nodes: { n1: 7 }",
  "http-server: perhaps\nname: n1",
  "nodes: {}",
];

describe("configurationSchema()", () => {
  it("is published as it is", async () => {
    await expect(`${JSON.stringify(schema, undefined, 2)}\n`).toMatchFileSnapshot(path);
  });

  it.each(right)("takes %j, as the reader does", (text) => {
    expect({ schema: isOfSchema(parse(text)), reader: isReadable(text) }).toEqual({
      schema: true,
      reader: true,
    });
  });

  it.each(wrong)("refuses %j, as the reader does", (text) => {
    expect({ schema: isOfSchema(parse(text)), reader: isReadable(text) }).toEqual({
      schema: false,
      reader: false,
    });
  });

  it("has a place for everything that commands make", () => {
    const properties = Object.keys(schema.properties as object);
    for (const { noun, keys = [noun] } of kinds)
      expect(properties).toEqual(expect.arrayContaining([...keys]));
  });
});
