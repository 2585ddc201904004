import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Options } from "tsup";

type Plugin = NonNullable<Options["esbuildPlugins"]>[number];

/** Puts the licences of all bundled packages into `THIRD-PARTY-LICENSES.txt` beside the built files. */
export const thirdPartyLicenses: Plugin = {
  name: "third-party-licenses",
  setup(build) {
    build.onEnd(async ({ metafile, errors }) => {
      const { outdir } = build.initialOptions;
      if (errors.length > 0 || metafile === undefined || outdir === undefined) return;
      const bundled = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
      const folders = new Set(bundled.map(packageFolder).filter((folder) => folder !== undefined));
      if (folders.size === 0) return;
      const notices = await Promise.all([...folders].map(notice));
      // The one who bundles writes the files itself, afterwards.
      await mkdir(outdir, { recursive: true });
      await writeFile(
        join(outdir, "THIRD-PARTY-LICENSES.txt"),
        notices.sort().join(`\n${"-".repeat(80)}\n\n`),
      );
    });
  },
};

/** The folder of the installed package that a file belongs to, or nothing for a file of this repository. */
function packageFolder(file: string): string | undefined {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0];
}

async function notice(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const file = (await readdir(folder)).find((each) => /^licen[cs]e/i.test(each));
  if (file === undefined) throw new Error(`Cannot bundle ${name} ${version}: it has no licence file`);
  return `${name} ${version} (${license})\n\n${(await readFile(join(folder, file), "utf8")).trim()}\n`;
}
