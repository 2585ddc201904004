import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Culvert, culvert, type ShownNode } from "../../../test-support/culvert.js";
import type { WithSettings } from "../../registry/settings.js";

const timeout = 60_000;

describe("show", { timeout }, () => {
  let cli: Culvert;

  beforeAll(async () => {
    cli = await culvert();
    await cli.ok("node create n1 --limit connections=7");
    await cli.ok("service start hop --addr gate --at n1");
    await cli.ok("tcp-outlet create --at n1 --from web --to 9000 --connect-timeout 90s --tcp-no-delay off");
    await cli.ok("relay create home --at n1 --to n1 --insecure");
    await cli.ok(
      "tcp-inlet create door --at n1 --to /service/web --to /service/spare --allow-from 10.0.0.0/8 --max-connections 7",
    );
  }, timeout);

  afterAll(() => cli[Symbol.asyncDispose](), timeout);

  it("tells every setting of a thing, as one would type it", async () => {
    expect(await cli.json("tcp-inlet show door --at n1")).toMatchObject({
      settings: {
        name: "door",
        to: ["/service/web", "/service/spare"],
        from: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
        "connection-wait": "5s",
        "retry-wait": "20s",
        timeout: "10s",
        "idle-timeout": null,
        "allow-from": ["10.0.0.0/8"],
        "max-connections": "7",
        "tcp-no-delay": null,
      },
    });
    const inlet = await cli.ok("tcp-inlet show door --at n1 --output plain");
    expect(inlet).toMatch(/allow-from +10\.0\.0\.0\/8\n[\s\S]*max-connections +7/);
    expect(inlet).not.toContain("retry-wait");
    const outlet = await cli.ok("tcp-outlet show web --at n1 --output plain");
    expect(outlet).toMatch(/connect-timeout +90s[\s\S]+tcp-no-delay +off/);
  });

  it("tells the settings of all that a node has, and the limits that it was given", async () => {
    const node = await cli.json<ShownNode>("node show n1");
    expect(node.limits).toEqual({ connections: 7 });
    const [inlet] = node.inlets as readonly WithSettings[];
    expect(inlet?.settings).toMatchObject({ "allow-from": ["10.0.0.0/8"], "max-connections": "7" });
    const text = await cli.ok("node show n1 --output plain");
    expect(text).toMatch(/Limits +connections=7\n/);
    expect(text).toMatch(/door: 127.+\n {6}allow-from 10\.0\.0\.0\/8, max-connections 7\n/);
  });

  it("tells what a stopped node has, as it stands in its state", async () => {
    const running = await cli.json<ShownNode>("node show n1");
    await cli.ok("node stop n1");
    const stopped = await cli.json<ShownNode>("node show n1");
    expect(stopped).toMatchObject({ status: "stopped", pid: null, limits: { connections: 7 } });
    const settings = (things: readonly unknown[]): unknown[] =>
      (things as readonly WithSettings[]).map((thing) => thing.settings).filter((one) => one !== undefined);
    for (const part of ["inlets", "outlets", "relays", "transports", "services"] as const) {
      expect(settings(stopped[part]), part).toEqual(settings(running[part]));
      expect(settings(stopped[part]), part).not.toEqual([]);
    }
    const [{ bind_addr, alias } = { bind_addr: "", alias: "" }] = running.inlets;
    expect(stopped.inlets).toMatchObject([
      { alias, bind_addr, status: "Down", outlet_addr: "/service/web, /service/spare" },
    ]);
    expect(stopped.outlets).toMatchObject([{ to: "127.0.0.1:9000", worker_addr: "/service/web" }]);
    const text = await cli.ok("node show n1 --output plain");
    expect(text).toMatch(/Inlets\n {4}tcp-inlet: name door, to \/service\/web, \/service\/spare, from 127/);
    expect(text).toMatch(/Services\n {4}service: type hop, addr gate/);
  });
});
