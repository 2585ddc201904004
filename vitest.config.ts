import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const root = fileURLToPath(new URL("./", import.meta.url));

/** Every folder with a `src` is one project; sources are tested, not `dist`. */
const folders = ["packages", "apps"].flatMap((kind) =>
  readdirSync(`${root}${kind}`)
    .filter((name) => existsSync(`${root}${kind}/${name}/package.json`))
    .map((name) => ({ kind, name })),
);

export default defineConfig({
  resolve: {
    alias: [
      // As Node resolves them.
      { find: /^@x\/(secure-channel|transport-ws)$/, replacement: `${root}packages/$1/src/node.ts` },
      { find: /^@x\/([^/]+)$/, replacement: `${root}packages/$1/src/index.ts` },
      { find: /^@x\/([^/]+)\/([a-z-]+)$/, replacement: `${root}packages/$1/src/$2.ts` },
      { find: "#ed25519", replacement: `${root}packages/identity/src/ed25519-node.ts` },
    ],
  },
  test: {
    reporters: ["default", "./vitest.reporter.ts"],
    testTimeout: 20_000,
    // Most suites wait for processes and sockets far longer than they compute; the default on two cores is one at a time.
    maxWorkers: 4,
    projects: folders.map(({ kind, name }) => ({
      extends: true as const,
      test: { name: `@x/${name}`, root: `${root}${kind}/${name}`, include: ["src/**/*.test.ts"] },
    })),
    coverage: { provider: "v8", include: ["packages/*/src/**"] },
  },
});
