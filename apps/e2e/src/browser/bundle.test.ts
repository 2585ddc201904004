import { builtinModules } from "node:module";
import { describe, expect, it } from "vitest";
import { bundleForBrowsers } from "./bundle.js";

/** Each with what pages use of it. */
const uses: Readonly<Record<string, readonly string[]>> = {
  "@x/core": ["request"],
  "@x/routing": ["createNode"],
  "@x/stream": ["openStream", "acceptStreams"],
  "@x/transport-ws": ["ws", "wss"],
  "@x/secure-channel": ["openChannel", "keepChannel", "startChannelListener", "onlyIdentifiers"],
};

function page(packages: readonly string[]): string {
  const imports = packages.map((name) => `import { ${uses[name]?.join(", ")} } from "${name}";`);
  return `${imports.join("\n")}\nglobalThis.culvert = { ${packages.flatMap((name) => uses[name]).join(", ")} };`;
}

const sealed = Object.keys(uses);
const open = sealed.filter((name) => name !== "@x/secure-channel");

describe("a node in a page", () => {
  it.each([
    ["with streams over WebSockets", open],
    ["with secure channels too", sealed],
  ])("%s has nothing of Node.js in it", async (_, packages) => {
    const { text } = await bundleForBrowsers(page(packages));
    const modules = builtinModules.map((name) => `from ?"${name}"`);
    const found = text.match(
      new RegExp(`.{20}(["']node:|\\bBuffer\\b|\\brequire\\(|${modules.join("|")})`, "g"),
    );
    expect(found).toBeNull();
  });

  it.each([
    // What it says over and over compresses well: this is what is sent.
    ["core, routing, stream and WebSocket in 40 KiB", open, 40 * 1_024],
    ["secure channels, their cryptography included, in 32 KiB more", sealed, 72 * 1_024],
  ])("has %s", async (_, packages, limitBytes) => {
    const { sentBytes } = await bundleForBrowsers(page(packages));
    expect(sentBytes).toBeLessThanOrEqual(limitBytes);
    expect(sentBytes).toBeGreaterThan(limitBytes / 2);
  });
});
