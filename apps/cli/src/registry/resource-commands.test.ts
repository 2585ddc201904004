import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Culvert, culvert, type ShownNode } from "../../test-support/culvert.js";
import { registry } from "../../test-support/runtimes.js";

const timeout = 120_000;

/** How one of each kind is made on node `n1`, given its number; `TCP`, `UDP` and `UNIX` are where node `n2` listens, `HOME` a folder. */
const making: Readonly<Record<string, ((number: number) => string) | undefined>> = {
  service: (number) => `service start hop --addr hop${number} --at n1`,
  relay: (number) => `relay create r${number} --at n2 --to n1`,
  "relay-block": (number) => `relay-block create b${number} --at n1`,
  "tcp-inlet": (number) => `tcp-inlet create i${number} --at n1 --to /node/n2/service/outlet -q`,
  "tcp-outlet": (number) => `tcp-outlet create --at n1 --from o${number} --to 9000`,
  "tcp-connection": () => "tcp-connection create --from n1 --to localhost:TCP",
  "tcp-listener": () => "tcp-listener create 127.0.0.1:0 --at n1",
  "udp-connection": () => "udp-connection create --from n1 --to localhost:UDP",
  "unix-connection": () => "unix-connection create --from n1 --to UNIX",
  "unix-listener": (number) => `unix-listener create HOME/${number}.sock --at n1`,
  "secure-channel": () => "secure-channel create --from n1 --to /node/n2/service/api",
  policy: (number) => `policy create --at n1 --resource r${number} --allow component.web`,
  "secure-channel-listener": (number) => `secure-channel-listener create l${number} --at n1`,
  "ws-connection": () => "ws-connection create --from n1 --to 127.0.0.1:WSPORT",
  "ws-listener": () => "ws-listener create 127.0.0.1:0 --at n1",
  // There is no listener for it here: a web server with a certificate stands before one of ws.
  "wss-connection": undefined,
  "udp-listener": () => "udp-listener create 127.0.0.1:0 --at n1",
};

describe("the commands about a kind of thing", { timeout }, () => {
  let cli: Culvert;
  let empty: Culvert;
  const places = new Map<string, string>();

  beforeAll(async () => {
    [cli, empty] = await Promise.all([culvert(), culvert()]);
    await cli.ok("node create n1");
    await cli.ok("node create n2 --udp-listener-address 127.0.0.1:0");
    await cli.ok("tcp-outlet create --at n2 --to 9000");
    await cli.ok(`unix-listener create ${cli.home}/n2.sock --at n2`);
    await cli.ok("ws-listener create 127.0.0.1:0 --at n2");
    const { transports } = await cli.json<ShownNode>("node show n2");
    for (const { type, socket_addr } of transports) {
      places.set(
        type === "ws" ? "WSPORT" : type.toUpperCase(),
        type === "unix" ? socket_addr : (socket_addr.split(":").at(-1) ?? ""),
      );
    }
    places.set("HOME", cli.home);
  }, timeout);

  afterAll(() => Promise.all([cli[Symbol.asyncDispose](), empty[Symbol.asyncDispose]()]), timeout);

  /** Makes one, and gives what was printed. */
  function make(noun: string, number: number): Promise<string> {
    const line = making[noun];
    if (line === undefined) throw new Error(`How is a ${noun} made? This test needs a line for it`);
    return cli.ok(line(number).replace(/[A-Z]{3,}/g, (word) => places.get(word) ?? word));
  }

  const tried = registry.entries.filter(({ noun }) => !(noun in making) || making[noun] !== undefined);

  describe.each(tried)("$noun", ({ noun }) => {
    let verbs: readonly string[];

    beforeAll(async () => {
      verbs = Object.keys((await registry.resource(noun))?.verbs ?? {});
    });

    it("list starts no node where there is none", async () => {
      expect(await empty.run(`${noun} list`)).toEqual({ code: 0, stdout: "[]\n", stderr: "" });
      expect(await empty.ok(`${noun} ls --output plain`)).toContain("There are no nodes");
      expect(await empty.json("node list")).toEqual([]);
    });

    it("show and delete know a thing by what was printed when it was made", async () => {
      const printed = await make(noun, 1);
      expect(JSON.stringify(await cli.json(`${noun} list --at n1`))).not.toBe("[]");
      if (verbs.includes("show"))
        expect(await cli.json(`${noun} show ${printed} --at n1`)).toBeTypeOf("object");
      if (verbs.includes("delete")) await cli.json(`${noun} delete ${printed} --at n1 --yes`);
    });

    it("delete takes several names, and deletes none of them where one is wrong", async () => {
      if (!verbs.includes("delete")) return;
      const names = [await make(noun, 2), await make(noun, 3)];
      const before = await cli.json<unknown[]>(`${noun} list --at n1`);
      const wrong = await cli.run(`${noun} delete ${names[0]} nowhere:1 --at n1 --yes`);
      expect(wrong).toMatchObject({ code: 69, stdout: "" });
      expect(wrong.stderr).toMatch(/not found on node n1[\s\S]+RESOURCE_NOT_FOUND/);
      expect(await cli.json(`${noun} list --at n1`)).toHaveLength(before.length);
      const deleted = await cli.json<unknown[]>(`${noun} rm ${names.join(" ")} --at n1 --yes`);
      expect(deleted).toHaveLength(2);
      expect(await cli.json(`${noun} list --at n1`)).toHaveLength(before.length - 2);
    });

    it("show names the node that has no such thing", async () => {
      if (!verbs.includes("show")) return;
      await make(noun, 4);
      const run = await cli.run(`${noun} show nowhere:1 --at n1`);
      expect(run).toMatchObject({ code: 69, stderr: expect.stringContaining("not found on node n1") });
    });
  });
});
