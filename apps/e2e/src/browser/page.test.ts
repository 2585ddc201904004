import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { request, type Transport } from "@x/core";
import { channelIdentity, createIdentity, identityChecker, memoryVault } from "@x/identity";
import { startRelayClient, startRelayService } from "@x/relay";
import { createNode, type Node, startUppercase } from "@x/routing";
import { onlyIdentifiers, openChannel, startChannelListener } from "@x/secure-channel";
import { acceptStreams } from "@x/stream";
import { tcp } from "@x/transport-tcp";
import { ws } from "@x/transport-ws";
import { chromium, type Page as Tab } from "playwright-core";
import { describe, expect, it } from "vitest";
import { longTestMs } from "../harness/limits.js";
import { onFinished } from "../harness/on-finished.js";
import { bundleForBrowsers } from "./bundle.js";
import type { Page } from "./page.js";

/** Where Debian's package puts it. */
const executablePath = "/usr/bin/chromium";

/** No network but what the test opens, and no sandbox of its own where the test runs as root. */
const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
];

/** Serves a page at a loopback port, and gives its origin. */
async function servePage(): Promise<string> {
  const code = await readFile(fileURLToPath(new URL("./page.ts", import.meta.url)), "utf8");
  const { text } = await bundleForBrowsers(`${code}\nglobalThis.Page = Page;`);
  const server = createServer((incoming, response) => {
    const isCode = incoming.url === "/page.js";
    response.setHeader("content-type", isCode ? "text/javascript" : "text/html");
    response.end(
      isCode ? text : '<!doctype html><title>The page</title><script type="module" src="/page.js"></script>',
    );
  });
  onFinished(() => server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function openTab(url: string): Promise<Tab> {
  const browser = await chromium.launch({ executablePath, args });
  onFinished(() => browser.close());
  const tab = await browser.newPage();
  await tab.goto(url);
  await tab.waitForFunction("globalThis.Page !== undefined");
  return tab;
}

function newNode(...transports: readonly Transport[]): Node {
  const node = createNode({ transports });
  onFinished(() => node.close());
  return node;
}

describe.runIf(existsSync(executablePath))("a page in Chromium", { timeout: longTestMs }, () => {
  it("is a node: it reaches a private one through a relay, sealed, and is reached [browser-node]", async () => {
    const origin = await servePage();
    const relay = newNode(tcp(), ws({ origins: [origin] }));
    startRelayService(relay);
    const [forNodes, forPages] = [
      await relay.listen("tcp#127.0.0.1:0"),
      await relay.listen("ws#127.0.0.1:0"),
    ];
    const home = newNode(tcp());
    const { worker } = await home.connect(forNodes.address);
    const client = startRelayClient(home, { route: [worker, "relay"], name: "home" });
    await client.whenUp();
    const identity = await createIdentity(memoryVault());
    startUppercase(home, { exposure: "network" });
    acceptStreams(home, "echo", ({ readable, writable }) => readable.pipeTo(writable));

    const tab = await openTab(origin);
    const page = await tab.evaluateHandle(
      (address) => (globalThis as unknown as { Page: typeof Page }).Page.join(address),
      forPages.address,
    );
    const trust = {
      identity: channelIdentity(identity),
      identities: identityChecker(),
      authorize: onlyIdentifiers([await page.evaluate(({ identifier }) => identifier)]),
    };
    startChannelListener(home, "api", trust);

    expect(await page.evaluate((it) => it.ask("forward_to_home", "uppercase", "hello"))).toBe("HELLO");
    const { identifier } = identity;
    const sealed = page.evaluate(
      (it, peer) => it.askSealed("forward_to_home", peer, "uppercase", "sealed"),
      identifier,
    );
    expect(await sealed).toBe("SEALED");
    const echoes = page.evaluate(
      (it, peer) => it.echoes("forward_to_home", peer, "echo", 3_000_000),
      identifier,
    );
    expect(await echoes).toBe(true);

    const address = await page.evaluate((it, peer) => it.serve("page", peer), identifier);
    expect(address).toBe("forward_to_page");
    const channel = await openChannel(home, [worker, address, "api"], trust);
    expect((await request(home, [channel.address, "page"], "a question")).text()).toBe(
      "The page heard a question",
    );
    const unsealed = request(home, [worker, address, "page"], "a question");
    await expect(unsealed).rejects.toMatchObject({ code: "ACCESS_DENIED" });
    await tab.close();
  });

  it("is not let in where its origin is none of those that may [browser-origin]", async () => {
    const listening = newNode(ws());
    const { address } = await listening.listen("ws#127.0.0.1:0");
    const tab = await openTab(await servePage());
    const joining = tab.evaluate(
      (where) => (globalThis as unknown as { Page: typeof Page }).Page.join(where).then(String),
      address,
    );
    await expect(joining).rejects.toThrow("no WebSocket of Culvert opened there");
    expect(listening.connections()).toEqual([]);
  });
});
