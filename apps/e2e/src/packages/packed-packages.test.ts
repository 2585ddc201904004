import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { findPublishedPackages, PackingBench } from "./packed-packages.js";

const run = promisify(execFile);
const published = await findPublishedPackages();
const bench = await PackingBench.create(published);
afterAll(() => bench[Symbol.asyncDispose]());
const timeoutMs = 120_000;

describe("packed packages", () => {
  it.each(published.filter((each) => each.importable).map((each) => each.name))(
    "%s installs alone into an empty folder and can be imported",
    async (name) => {
      const folder = await bench.install(name);
      const names = await bench.evaluate(folder, `console.log(Object.keys(await import("${name}")).length)`);
      expect(Number(names)).toBeGreaterThan(0);
    },
    timeoutMs,
  );

  it(
    "@x/routing and @x/transport-tcp bring core, msgpackr with its own dependencies, and nothing else",
    async () => {
      const folder = await bench.install("@x/routing", "@x/transport-tcp");
      expect((await readdir(join(folder, "node_modules", "@x"))).sort()).toEqual([
        "core",
        "routing",
        "transport-tcp",
      ]);
      const others = (await readdir(join(folder, "node_modules"))).filter((name) => !name.startsWith("."));
      const msgpackrAndItsOwn = [
        "@msgpackr-extract",
        "@x",
        "detect-libc",
        "msgpackr",
        "msgpackr-extract",
        "node-gyp-build-optional-packages",
      ];
      expect(msgpackrAndItsOwn).toEqual(expect.arrayContaining(others));
      expect(others).toContain("msgpackr");
    },
    timeoutMs,
  );

  it(
    "the example of the README runs from installed packages and prints HELLO",
    async () => {
      const folder = await bench.install("@x/routing", "@x/transport-tcp");
      const script = `
        import { request } from "@x/core";
        import { createNode, startUppercase } from "@x/routing";
        import { tcp } from "@x/transport-tcp";
        const server = createNode({ transports: [tcp()] });
        startUppercase(server, { exposure: "network" });
        const { address } = await server.listen("tcp#127.0.0.1:0");
        const client = createNode({ transports: [tcp()] });
        const payload = new TextEncoder().encode("hello");
        const reply = await request(client.own, [address, "uppercase"], payload);
        console.log(new TextDecoder().decode(reply.payload));
        await Promise.all([client.close(), server.close()]);`;
      expect(await bench.evaluate(folder, script)).toBe("HELLO");
    },
    timeoutMs,
  );

  it(
    "@x/cli installs into an empty folder and brings a culvert command that runs",
    async () => {
      const folder = await bench.install("@x/cli");
      const command = join(folder, "node_modules", ".bin", "culvert");
      const { stdout } = await run(command, ["--version"], { cwd: folder });
      expect(stdout).toMatch(/\d+\.\d+\.\d+/);
    },
    timeoutMs,
  );
});
