import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addPackages, type Installation, type PackageManager } from "./package-managers.js";
import { PackageRegistry } from "./package-registry.js";
import { type PackedPackage, packAll } from "./packed-packages.js";

/** Our packages as they would be published, to be added to projects in a temporary folder. */
export interface PackingBench extends AsyncDisposable {
  readonly packed: readonly PackedPackage[];
  /** Adds packages to a new and empty project, as a user would type it. */
  readonly add: (manager: PackageManager, names: readonly string[]) => Promise<Installation>;
}

/** Packs all packages, which must be built, and opens a registry that has them. */
export async function openPackingBench(): Promise<PackingBench> {
  const parent = await mkdtemp(join(tmpdir(), "culvert-packed-"));
  const packed = await packAll(parent);
  const registry = await PackageRegistry.open(packed);
  return {
    packed,
    add: (manager, names) => addPackages(manager, names, { parent, registry: registry.url }),
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      await rm(parent, { recursive: true, force: true });
    },
  };
}
