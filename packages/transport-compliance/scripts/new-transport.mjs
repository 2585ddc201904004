#!/usr/bin/env node
// Copies the transport in ../template under a new name: `new-transport.mjs <name> [folder]`.
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const template = fileURLToPath(new URL("../template", import.meta.url));
const packages = fileURLToPath(new URL("../..", import.meta.url));
const usage = "Usage: pnpm new:transport <name>, a name being lowercase letters, digits and hyphens";

/** `web-socket` is `webSocket` as a function and `WebSocket` as a type. */
function spellings(name) {
  const camel = name.replace(/-([a-z0-9])/g, (_, letter) => letter.toUpperCase());
  return { "my-wire": name, myWire: camel, MyWire: camel[0].toUpperCase() + camel.slice(1) };
}

function rename(text, names) {
  return text.replace(/my-wire|myWire|MyWire/g, (word) => names[word]);
}

/** Copies a folder; `x.template.json` becomes `x.json`, so that no tool takes the original for a package. */
async function copy(from, to, names) {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, rename(entry.name.replace(".template.", "."), names));
    if (entry.isDirectory()) await copy(source, target, names);
    else await writeFile(target, rename(await readFile(source, "utf8"), names), { flag: "wx" });
  }
}

/** Adds the package to the root project, so that `tsc -b` checks it. */
async function addReference(name) {
  const path = join(packages, "..", "tsconfig.json");
  const config = JSON.parse(await readFile(path, "utf8"));
  config.references.push({ path: `packages/transport-${name}` });
  await writeFile(path, `${JSON.stringify(config, undefined, 2)}\n`);
}

async function main([name = "", folder]) {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) throw new Error(usage);
  const target = folder === undefined ? join(packages, `transport-${name}`) : resolve(folder);
  if (existsSync(target)) throw new Error(`Cannot make ${target}: it exists`);
  await copy(template, target, spellings(name));
  if (folder === undefined) await addReference(name);
  console.log(`Made ${target}
Next: pnpm install, pnpm format, and pnpm --filter @x/transport-${name} test
Write your wire into src/${name}.ts, and keep the test green.`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
