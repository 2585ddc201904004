// @boundaries-ignore the build recipe of all packages
import { config } from "../../tsup.config.ts";

/** Entries that share their code, and the two forms of `#ed25519`, between which the `imports` of package.json choose. */
export default config({
  entry: {
    index: "src/index.ts",
    inner: "src/inner.ts",
    node: "src/node.ts",
    policy: "src/policy.ts",
    "ed25519-node": "src/ed25519-node.ts",
    "ed25519-web": "src/ed25519-web.ts",
  },
  splitting: true,
  external: ["#ed25519"],
});
