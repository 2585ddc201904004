import { once } from "node:events";
import { chmod, mkdir, readFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { type Culvert, culvert, type ShownNode } from "../../test-support/culvert.js";
import type { Check } from "../doctor/check.js";

// Real processes on a machine that may be busy.
const timeout = 60_000;

/** What the doctor finds that is not as it should be. */
async function findings(
  cli: Culvert,
): Promise<{ readonly code: number | null; readonly found: readonly Check[] }> {
  const { code, stdout } = await cli.run("doctor");
  const checks = JSON.parse(stdout) as readonly Check[];
  // How many files the machine of these tests may open, and what is free on its disk, is not their subject.
  const found = checks.filter(
    ({ status, subject }) => status !== "ok" && subject !== "open files" && subject !== "space",
  );
  return { code, found };
}

const finding = (status: string, subject: string | RegExp, detail: RegExp): unknown => ({
  area: expect.any(String),
  status,
  subject: expect.stringMatching(subject),
  detail: expect.stringMatching(detail),
  mend: expect.stringMatching(/./),
});

describe("doctor", { timeout }, () => {
  it("finds nothing where there is nothing", async () => {
    await using cli = await culvert();
    expect(await findings(cli)).toEqual({ code: 0, found: [] });
  });

  it("finds a folder that cannot be made", async () => {
    await using cli = await culvert();
    for (const home of ["/proc/nope", "/dev/null/x/y"]) {
      const env = { CULVERT_HOME: home };
      const { code, stdout } = await cli.run("doctor", { env });
      const checks = JSON.parse(stdout) as readonly Check[];
      expect(code).toBe(70);
      expect(checks).toContainEqual(finding("problem", "folder", /cannot be made in/));
      const created = await cli.run("node create", { env });
      expect(created).toMatchObject({
        code: 70,
        stdout: "",
        stderr: expect.stringContaining("STATE_FAILED"),
      });
    }
  });

  it("leaves nothing to warn of in the logs of nodes, and counts nothing as refused", async () => {
    await using cli = await culvert();
    const addresses = ["--udp-listener-address 127.0.0.1:0", "--http-server"];
    await cli.ok(`node create n1 ${addresses.join(" ")}`);
    await cli.ok(`unix-listener create ${cli.home}/n1.sock --at n1`);
    const log = await cli.ok("node logs n1");
    const refused = async (): Promise<string | undefined> => {
      const { http_server_address } = await cli.json<ShownNode>("node show n1");
      const metrics = await (await fetch(`http://${http_server_address}/metrics`)).text();
      return metrics
        .split("\n")
        .filter((line) => /^culvert_refused_total|refused.* [1-9]/.test(line))
        .join("\n");
    };
    const before = await refused();
    expect(await findings(cli)).toEqual({ code: 0, found: [] });
    expect(await cli.ok("doctor --output plain")).toMatch(/✔ node n1, unix listener .*: it listens/);
    await cli.ok("route trace /node/n1/service/echo");
    expect(await readFile(log, "utf8")).not.toMatch(/WARN|ERROR/);
    expect(await refused()).toBe(before);
  });

  it("finds healthy nodes well", async () => {
    await using cli = await culvert();
    for (const node of ["n1 --http-server", "n2", "n3"]) await cli.ok(`node create ${node}`);
    await cli.ok("relay create n1 --at n2 --to n1");
    const target = createServer((socket) => socket.on("error", () => {}).resume());
    await once(target.listen(0, "127.0.0.1"), "listening");
    await cli.ok(`tcp-outlet create --at n1 --to ${(target.address() as AddressInfo).port}`);
    await cli.ok("tcp-inlet create web --at n2 --to outlet --via n1");
    await cli.ok("node stop n3");
    expect(await findings(cli)).toEqual({ code: 0, found: [] });
    expect(await cli.ok("doctor --output plain")).toMatch(
      /✔ node n1, relay n1: up[\s\S]+(All is well|0 problems)/,
    );
    // The inlet and its outlet are as before, and its visitors are not.
    await promisify(target.close.bind(target))();
    expect(await cli.json("tcp-inlet show web --at n2")).toMatchObject({ status: "Up" });
    expect(await findings(cli)).toEqual({
      code: 70,
      found: [finding("problem", "node n2, inlet web", /turns visitors away: ECONNRESET/)],
    });
  });

  it("finds what is down, why, and how to mend it", async () => {
    await using cli = await culvert();
    for (const node of ["n1", "n2"]) await cli.ok(`node create ${node}`);
    await cli.ok("relay create r --at n2 --to n1");
    await cli.ok("tcp-inlet create web --at n1 --to /node/n2/service/nobody --connection-wait 100ms");
    await cli.ok("node stop n2");
    await expect
      .poll(async () => (await findings(cli)).found, { timeout })
      .toEqual([
        finding("problem", /^node n1, tcp connection /, /^down, to 127[\s\S]+CONNECTION_REFUSED/),
        finding("problem", /^node n1, secure channel /, /^down, to /),
        finding("problem", "node n1, relay r", /^down, at \/node\/n2: /),
        finding("problem", "node n1, inlet web", /leads nowhere: /),
      ]);
    const run = await cli.run("doctor --output plain");
    expect(run).toMatchObject({
      code: 70,
      stdout: expect.stringMatching(/✘ node n1, relay r: [\s\S]+try: [\s\S]+4 problems/),
    });
    expect(run.stderr).toContain("code: CHECK_FAILED");
  });

  it("finds a node that does not answer", async () => {
    await using cli = await culvert();
    const { pid } = await cli.json<ShownNode>("node create n1");
    process.kill(pid as number, "SIGSTOP");
    expect(await findings(cli)).toEqual({
      code: 70,
      found: [finding("problem", "node n1", /does not answer: TIMED_OUT/)],
    });
    process.kill(pid as number, "SIGCONT");
  });

  it("finds a listener that did not get its port again, and one that is open to all", async () => {
    await using cli = await culvert();
    const { pid, transports } = await cli.json<ShownNode>("node create n1");
    await cli.ok("tcp-listener create 0.0.0.0:0 --at n1");
    process.kill(pid as number, "SIGKILL");
    const where = transports[0]?.socket_addr ?? "";
    const port = Number(where.split(":")[1]);
    await expect.poll(() => cli.ok("node list --jq .[0].status")).toBe("stopped");
    const squatter = createServer();
    await once(squatter.listen(port, "127.0.0.1"), "listening");
    await cli.ok("node start n1");
    const { found } = await findings(cli);
    squatter.close();
    expect(found).toEqual([
      finding("problem", `node n1, tcp listener ${where}`, /it is down: LISTEN_ADDRESS_TAKEN/),
      finding("warning", /^node n1, tcp listener 0\.0\.0\.0:/, /can connect/),
    ]);
  });

  it("finds broken, open, left over and stray files, and changes nothing", async () => {
    await using cli = await culvert();
    for (const node of ["a", "b", "c"]) await cli.ok(`node create ${node}`);
    for (const node of ["a", "b"]) await cli.ok(`node stop ${node}`);
    const { pid } = await cli.json<ShownNode>("node show c");
    process.kill(pid as number, "SIGKILL");
    await expect.poll(() => cli.ok("node list --jq .[2].status")).toBe("stopped");
    const state = join(cli.home, "state");
    await writeFile(join(state, "a/resources.json"), "{");
    await chmod(join(state, "b/resources.json"), 0o644);
    await mkdir(join(state, "stray"));
    await writeFile(join(cli.home, "default-node.json"), '{"name":"gone"}');
    await mkdir(join(cli.home, "locks/old"), { recursive: true });
    await utimes(join(cli.home, "locks/old"), 1, 1);
    const first = await findings(cli);
    expect(first.found).toEqual([
      finding("warning", "default node", /node gone/),
      finding("warning", "stray files", /stray is no node/),
      finding("problem", "node a", /resources\.json/),
      finding("problem", "node b", /others may read/),
      finding("warning", "node c", /ended without notice/),
      finding("warning", "locks", /old was left behind/),
    ]);
    expect(first.code).toBe(70);
    expect(await findings(cli)).toEqual(first);
    await rm(join(state, "stray"), { recursive: true });
  });

  it("finds vaults, keys and credentials that are not as they should be", async () => {
    await using cli = await culvert();
    const elsewhere = join(cli.home, "../vault");
    await cli.ok(["vault", "create", "v1"]);
    await cli.ok(["vault", "create", "v2", "--path", elsewhere]);
    for (const [name, vault] of [
      ["a", "v1"],
      ["b", "v2"],
      ["c", "v1"],
    ])
      await cli.ok(`identity create ${name} --vault ${vault}`);
    expect(await findings(cli)).toEqual({ code: 0, found: [] });
    const credential = await cli.ok("credential issue --as a --for b --ttl 1s");
    await cli.ok(["credential", "store", "--issuer", "a", "--credential", credential]);
    const full = await cli.ok("identity show c --full");
    const [, key] = /Ed25519 (\S+)/.exec(full) ?? [];
    await rm(join(cli.home, `vaults/v1/${key}.key`));
    await rename(elsewhere, `${elsewhere}-moved`);
    await chmod(join(cli.home, "credentials.json"), 0o640);
    const expected = [
      finding("problem", "identities", /others may use .*credentials\.json/),
      finding("problem", "vault v2", /no such file/),
      finding("problem", "identity c", /its key is not in vault v1/),
      finding("warning", "credentials", /^the one of I\S+ ended at /),
    ];
    await expect.poll(async () => (await findings(cli)).found, { timeout }).toEqual(expected);
    await writeFile(join(cli.home, "identities.json"), "{");
    expect((await findings(cli)).found).toEqual([finding("problem", "identities", /identities\.json/)]);
  });

  it("finds a folder that others may write to", async () => {
    await using cli = await culvert();
    await mkdir(cli.home, { recursive: true });
    await chmod(cli.home, 0o777);
    expect(await findings(cli)).toEqual({
      code: 70,
      found: [finding("problem", "folder", /others may write/)],
    });
  });
});
