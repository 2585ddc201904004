import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** What a page loads. */
export interface Bundle {
  readonly text: string;
  /** As it is sent, compressed by gzip. */
  readonly sentBytes: number;
}

/**
 * Bundles code for browsers as its users would: with the packages as they are built, by the conditions of their exports.
 *
 * @param code the entry, which finds the packages that this one depends on
 * @param without packages that are left out, to see what they weigh
 */
export async function bundleForBrowsers(code: string, without: readonly string[] = []): Promise<Bundle> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: fileURLToPath(new URL("../..", import.meta.url)), loader: "ts" },
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2022",
    minify: true,
    external: [...without],
  });
  const text = outputFiles[0]?.text ?? "";
  return { text, sentBytes: gzipSync(text, { level: 9 }).length };
}
