import { describe, expect, it } from "vitest";
import { registry } from "../../test-support/runtimes.js";
import { type Configuration, readConfiguration } from "./configuration.js";

interface Outer {
  readonly given?: Record<string, string>;
  readonly environment?: Record<string, string>;
  readonly hasNode?: boolean;
  readonly isRemote?: boolean;
}

const kinds = await registry.resources();
const { transports, addresses } = registry;

function read(
  text: string,
  { given = {}, environment = {}, hasNode = false, isRemote = false }: Outer = {},
): Configuration {
  const variables = {
    given: new Map(Object.entries(given)),
    environment: (name: string) => environment[name],
  };
  return readConfiguration(
    { text, source: "test.yaml", isRemote },
    { variables, hasNode, kinds, transports, addresses },
  );
}

const options = ({ resources }: Configuration): unknown[] => resources.map((resource) => resource.options);

describe("readConfiguration()", () => {
  it.each([
    ["a name", "relay: r1"],
    ["a list", "relays: [r1]"],
    ["a map of names", "relays: { r1: }"],
    ["arguments", "relay: { name: r1 }"],
    ["a list of arguments", "relays:\n  - name: r1"],
    ["a list of maps of names", "relays:\n  - r1: {}"],
  ])("takes %s for a resource", (_form, text) => {
    expect(options(read(text))).toEqual([{ name: "r1" }]);
  });

  it("takes limits of nodes as the option does", () => {
    const limits = ["relays=1", "queued-bytes=8000"];
    expect(read("limits: { relays: 1, queued-bytes: $Q }", { given: { Q: "8000" } }).node?.options).toEqual({
      limits,
    });
  });

  it("takes names for nodes, and arguments with what is on them", () => {
    expect(read("nodes: [n1, n2]").nodes.map((node) => node.options)).toEqual([
      { name: "n1" },
      { name: "n2" },
    ]);
    const { nodes, resources } = read(`
nodes:
  n1:
  n2:
    tcp-listener-address: 127.0.0.1:7000
    http-server: true
    relay: { name: n2, at: /node/n1 }
`);
    expect(nodes.map((node) => node.options)).toEqual([
      { name: "n1" },
      { name: "n2", "tcp-listener-address": "127.0.0.1:7000", "http-server": true },
    ]);
    expect(resources).toEqual([
      {
        kind: expect.objectContaining({ noun: "relay" }),
        options: { name: "n2", at: "/node/n1" },
        below: nodes[1],
        where: "test.yaml, line 7",
      },
    ]);
  });

  it("gives what is at the top to the node there, or to the only one", () => {
    const top = read("tcp-outlet: { to: 9000 }", { hasNode: true });
    expect(top.node?.options).toEqual({});
    expect(top.resources[0]?.below).toBe(top.node);
    expect(() => read("tcp-outlet: 9000")).toThrow("line 1: tcp-outlet needs to");
    const only = read("nodes: n1\ntcp-outlet: { to: 9000 }");
    expect(only.resources[0]?.below).toBe(only.nodes[0]);
    expect(read("nodes: [n1, n2]\ntcp-outlet: { to: 9000 }").resources[0]?.below).toBeUndefined();
  });

  it("puts what others lead to first", () => {
    const text = `
tcp-inlet: { to: /service/outlet }
relay: r1
tcp-outlet: { to: 9000 }
tcp-connection: 127.0.0.1:7000
udp-listener: 127.0.0.1:7001
services: hop
`;
    expect(read(text).resources.map(({ kind }) => kind.noun)).toEqual([
      "service",
      "tcp-outlet",
      "udp-listener",
      "tcp-connection",
      "relay",
      "tcp-inlet",
    ]);
  });

  it("keeps several routes of an inlet, and drops flags that are off", () => {
    const text =
      "tcp-inlets: { web: { to: [/node/n2/service/a, b], no-connection-wait: false, timeout: 5 } }";
    expect(options(read(text))).toEqual([{ name: "web", to: ["/node/n2/service/a", "b"], timeout: "5" }]);
  });

  it("leaves the text of values as it is", () => {
    const text =
      "variables: { V: 007 }\nnodes: [0042, 12e3, 0x1F, 1_000, true]\nrelays: { 0o17: { at: $V, to: 0042 } }";
    const configuration = read(text);
    expect(configuration.nodes.map((node) => node.options.name)).toEqual([
      "0042",
      "12e3",
      "0x1F",
      "1_000",
      "true",
    ]);
    expect(options(configuration)).toEqual([{ name: "0o17", at: "007", to: "0042" }]);
  });

  it("gives the environment to nobody's files but the user's", () => {
    const environment = { AWS_SECRET_ACCESS_KEY: "hush" };
    const text = "relay: { name: x$AWS_SECRET_ACCESS_KEY }";
    expect(options(read(text, { environment }))).toEqual([{ name: "xhush" }]);
    const remote = { environment, isRemote: true };
    expect(() => read(text, remote)).toThrow(/^(?!.*hush).*AWS_SECRET_ACCESS_KEY is unknown.*--variable/);
    expect(options(read(text, { ...remote, given: { AWS_SECRET_ACCESS_KEY: "mine" } }))).toEqual([
      { name: "xmine" },
    ]);
  });

  it("takes variables: given ones, then its own, then the environment's", () => {
    const text = "variables: { A: 1, B: 2, D: $C$A }\ntcp-outlets: { x$A$B$C: { to: '$D' } }";
    const environment = { A: "8", B: "8", C: "3" };
    expect(options(read(text, { environment }))).toEqual([{ from: "x123", to: "31" }]);
    expect(options(read(text, { environment, given: { A: "7" } }))).toEqual([{ from: "x723", to: "37" }]);
  });

  it("never lets the value of a variable change the structure", () => {
    const text = "tcp-outlet: { to: 9000, from: $A }";
    expect(options(read(text, { given: { A: "x},at:{y" } }))).toEqual([{ to: "9000", from: "x},at:{y" }]);
  });

  it("knows anchors and merges", () => {
    const text = "tcp-outlets:\n  a: &a { to: 9000 }\n  b: { <<: *a, at: n2 }";
    expect(options(read(text))).toEqual([
      { from: "a", to: "9000" },
      { from: "b", to: "9000", at: "n2" },
    ]);
  });

  it.each([
    ["", "line 1: it must be a map"],
    ["- a", "line 1: it must be a map"],
    ["version: 1", "line 1: it describes nothing"],
    ["version: 2\nnodes: a", "line 1: version 2 is unknown"],
    ["nodes: a\nnode: b", 'line 2: "node" is unknown here'],
    ["nodes: a\nnodes: b", "line 2: nodes is there twice"],
    ["nodes:", "line 1: nodes is empty"],
    ["nodes: []\nrelay:", "line 2: relay is empty"],
    ["nodes:\n  - a\n  - b\n  - a", 'line 4: node "a" is there twice'],
    ["nodes:\n  - a b", "line 2: name of node: "],
    ["nodes:\n  - ../x", "line 2: name of node: "],
    ["nodes:\n  n1:\n    colour: red", 'line 3: "colour" is unknown here'],
    ["nodes:\n  n1: 7000", 'line 2: "n1" is no argument'],
    ["nodes:\n  - http-server: true", "line 2: a node of a list needs a name"],
    ["name: n1\ntcp-listener-address: 127.0.0.1:99999", "line 2: tcp-listener-address of node: "],
    ["name: n1\nlimits:\n  relays: 1\n  nothing: 1", 'line 4: there is no limit "nothing"'],
    ["limits:\n  relays: many", "line 2: limit relays must be a whole number"],
    ["limits:\n  - relays", "line 1: limits must be a map"],
    ["nodes:\n  n1:\n    limits: { workers: 0 }", "line 3: limit workers must be a whole number, 1 or more"],
    ["name: n1\nhttp-server-port: a:1", "line 2: http-server-port of node: "],
    [
      "name: n1\nhttp-server-port: localhost:1",
      "line 2: http-server-port of node: Cannot use --http-server-port",
    ],
    ["tcp-connections:\n  - 10.0.0.1", "line 2: to of tcp-connection: "],
    ["tcp-outlets:\n  a b: { to: 9000 }", "line 2: from of tcp-outlet: "],
    ["relay:\n  at: /node", "line 2: at of relay: "],
    ["tcp-inlet:\n  to: x\n  via: a b", "line 3: via of tcp-inlet: "],
    ["name: n1\nhttp-server: maybe", "line 2: http-server of node: it must be true or false"],
    ["relays:\n  a: {}\n  b:\n    at:", "line 4: at of relay is empty"],
    ["relays:\n  a:\n    name: b", 'line 3: "a" has its name already'],
    ["relays:\n  - a\n  - name: a", 'line 3: relay "a" is there twice'],
    ["tcp-outlets:\n  db:\n    from: x", 'line 3: "db" has its from already'],
    ["tcp-outlets:\n  db:\n    at: n1", "line 2: tcp-outlet needs to"],
    [
      "tcp-outlet:\n  to: 9000\n  too: 1",
      'line 3: "too" is unknown here; there are to, from, connect-timeout',
    ],
    ["tcp-outlet:\n  to: [9000]", "line 2: to of tcp-outlet: it must be a single value"],
    ["tcp-inlet:\n  to: /alice/outlet", "line 2: to of tcp-inlet: "],
    ["tcp-inlet:\n  to: x\n  timeout: soon", "line 3: timeout of tcp-inlet: "],
    ["services:\n  - echo", 'line 2: type of service: Cannot use type "echo": the only type is hop'],
    ["services:\n  __proto__: {}", "line 2: type of service"],
    ["__proto__: 1\nnodes: a", 'line 1: "__proto__" is unknown here'],
    ["nodes: $N", "line 1: variable N is unknown"],
    ["nodes: [a,\n  $E]", "line 2: Empty value for variable 'E'"],
    ["variables:\n  A:\nnodes: a", "line 2: Empty value for variable 'A'"],
    ["variables:\n  A: 1\n  A: 2\nnodes: a", "line 3: A is there twice"],
    ["variables:\n  1A: 1\nnodes: a", 'line 2: "1A" cannot name a variable'],
    ["variables: a\nnodes: a", "line 1: variables must be a map"],
    ["nodes: [a\nrelay: b", "line 2: "],
    ["nodes: !run a", "line 1: "],
    ["nodes: a\n---\nnodes: b", "line 2: "],
  ])("refuses %j, naming the line", (text, message) => {
    expect(() => read(text, { environment: { E: "" } })).toThrow(
      expect.objectContaining({
        code: "CONFIGURATION_INVALID",
        message: expect.stringContaining(`Cannot use test.yaml, ${message}`),
      }),
    );
  });

  it("refuses a document whose aliases explode", () => {
    const levels = Array.from(
      { length: 9 },
      (_, i) => `a${i}: &a${i} [${Array(9).fill(i === 0 ? "x" : `*a${i - 1}`)}]`,
    );
    expect(() => read(levels.join("\n"))).toThrow(/alias/i);
  });
});
