import { describe, expect, it } from "vitest";
import { longTestMs, promptErrorMs } from "./harness/limits.js";
import { eventually } from "./harness/waiting.js";
import { openWorkspace } from "./harness/workspace.js";

describe("a node's process", { timeout: longTestMs }, () => {
  it("takes many commands at once [node-concurrent]", async () => {
    const { ok, json, createNode } = openWorkspace();
    await createNode("n1");
    const addresses = Array.from({ length: 6 }, (_, index) => `outlet-${index}`);
    await Promise.all(
      addresses.map((address) => ok(`tcp-outlet create --at n1 --from ${address} --to 127.0.0.1:9`)),
    );
    const list = await json<{ from: string }[]>("tcp-outlet list --at n1");
    expect(list.map(({ from }) => from.replace("/service/", "")).sort()).toEqual(addresses);
  });

  it("refuses a message at once while a connection on its way is down, and names it [refusal-down] [refusal-precise]", async () => {
    const { ok, run, createNode, tcpPort } = openWorkspace();
    for (const name of ["n1", "n2"]) await createNode(name);
    const connection = await ok(`tcp-connection create --from n1 --to 127.0.0.1:${await tcpPort("n2")}`);
    await ok("node stop n2");
    const send = () => run(`message send x --from n1 --to ${connection}/service/echo`);
    await eventually("n1 noticed", async () => (await send()).stderr.includes("CONNECTION_DOWN"));
    const usual = await run("message send hello --from n1 --to /service/echo");
    const { code, stderr, tookMs } = await send();
    expect([code, stderr]).toEqual([69, expect.stringContaining(connection.replace("/worker/", ""))]);
    expect(tookMs - usual.tookMs).toBeLessThan(promptErrorMs);
  });
});
