import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { digestOf, exchange, openSocket, randomContent } from "./harness/clients.js";
import { longTestMs } from "./harness/limits.js";
import { freePort, portOf } from "./harness/ports.js";
import { killProcess } from "./harness/processes.js";
import { startEchoTarget } from "./harness/targets.js";
import { eventually } from "./harness/waiting.js";
import { startWebServer, type WebServer } from "./harness/web-server.js";
import { openWorkspace, type Workspace } from "./harness/workspace.js";

/** Far above the time between two pings, and below what nginx has by default. */
const idleSeconds = 5;

interface Chain {
  readonly workspace: Workspace;
  readonly nginx: WebServer;
  /** The port of an inlet that leads through nginx and a relay behind it to a node that opened no port. */
  readonly inlet: number;
}

/** Two nodes that know the relay by its web server alone. */
async function chainBehindNginx(): Promise<Chain> {
  const behind = await freePort();
  const nginx = await startWebServer("/culvert", behind, idleSeconds);
  const workspace = openWorkspace({ environment: { NODE_EXTRA_CA_CERTS: nginx.certificate } });
  const { createNode, ok } = workspace;
  await createNode("relay", `--ws-listener-address 127.0.0.1:${behind}/culvert --limit ws-trusted-proxies=1`);
  for (const name of ["far", "near"]) await createNode(name);
  const relay = `/wss/localhost:${nginx.port}%2Fculvert`;
  await ok(`relay create far --at ${relay} --to far`);
  await ok(`tcp-outlet create --at far --to 127.0.0.1:${(await startEchoTarget()).port}`);
  const route = `${relay}/service/forward_to_far/service/outlet`;
  return { workspace, nginx, inlet: portOf(await ok(`tcp-inlet create web --at near --to ${route}`)) };
}

describe("a relay behind nginx, reached over TLS", { timeout: longTestMs }, () => {
  it("carries 100 MB each way without a changed byte, and idles for longer than nginx waits [ws-web-server]", async () => {
    const { inlet } = await chainBehindNginx();
    const quiet = await openSocket(inlet);
    const { bytes, digest } = randomContent(100_000_000);
    expect(digestOf(await exchange(inlet, bytes))).toBe(digest);
    await sleep((idleSeconds + 2) * 1_000);
    quiet.write("still here");
    expect(String((await once(quiet, "data"))[0])).toBe("still here");
  });

  it("heals when it is killed and started while bytes are on their way, and when nginx is [ws-heal]", async () => {
    const { workspace, nginx, inlet } = await chainBehindNginx();
    const { bytes, digest } = randomContent(100_000_000);
    const visitor = await openSocket(inlet);
    const echoed: Buffer[] = [];
    const ended = once(visitor, "end");
    visitor.on("data", (chunk: Buffer) => echoed.push(chunk));
    visitor.end(bytes);
    const sofar = (): number => echoed.reduce((sum, { length }) => sum + length, 0);
    await eventually("a part has come", () => sofar() > 10_000_000);
    killProcess(await workspace.pidOf("relay"));
    await workspace.ok("node start relay");
    const before = sofar();
    await eventually("it goes on", () => sofar() > before + 10_000_000);
    await nginx.kill();
    await nginx.start();
    await ended;
    expect(digestOf(Buffer.concat(echoed))).toBe(digest);
    expect(String(await exchange(inlet, "and new ones"))).toBe("and new ones");
  });
});
