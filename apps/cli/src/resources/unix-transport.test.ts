import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { culvert, type ShownNode } from "../../test-support/culvert.js";
import { until } from "../../test-support/runtimes.js";
import type { Check } from "../doctor/check.js";

it("nodes are reached over socket files first, also after one of them was killed", {
  timeout: 60_000,
}, async () => {
  await using cli = await culvert();
  const where = join(cli.home, "../n2.sock");
  const path = `/unix/${encodeURIComponent(where)}`;
  await cli.ok("node create n1");
  await cli.ok("node create n2");
  expect(await cli.ok(`unix-listener create ${where} --at n2`)).toBe(path);
  expect(statSync(where).mode & 0o777).toBe(0o600);
  expect(await cli.ok(`message send hi --to ${path}/service/uppercase`)).toBe("HI");
  await cli.ok("tcp-inlet create i --at n1 --to /node/n2/service/outlet --no-connection-wait");
  const held = { type: "unix", mode: "outgoing", socket_addr: where, status: "Up" };
  await until(async () => (await cli.json<object[]>("unix-connection list --at n1")).length === 1);
  expect(await cli.json("unix-connection list --at n1")).toMatchObject([held]);
  const { pid } = await cli.json<ShownNode>("node show n2");
  process.kill(pid as number, "SIGKILL");
  expect(existsSync(where)).toBe(true);
  await cli.ok("node start n2");
  const subject = `node n2, unix listener ${where}`;
  const checks = JSON.parse((await cli.run("doctor --output json")).stdout) as Check[];
  expect(checks).toContainEqual(expect.objectContaining({ subject, status: "ok" }));
  await until(
    async () => (await cli.run(`message send hi --from n1 --to ${path}/service/uppercase`)).stdout === "HI\n",
  );
  expect((await cli.run("unix-listener create n3.sock --at n1")).stderr).toContain("a path begins with /");
  expect(await cli.json(`unix-listener delete ${where} --at n2 --yes`)).toEqual({ address: where });
  expect(existsSync(where)).toBe(false);
});
