import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { PackedPackage } from "./packed-packages.js";

/**
 * A registry on loopback for the packages of this repository, as package managers ask for them.
 * All versions count as a year old, because some managers take no package of today.
 */
export class PackageRegistry implements AsyncDisposable {
  readonly #packages: ReadonlyMap<string, PackedPackage>;
  readonly #server: Server;
  // Caches of package managers know packages by the registry's address, so no two registries may share one.
  readonly #path = `/${randomUUID()}/`;

  private constructor(packages: readonly PackedPackage[]) {
    this.#packages = new Map(packages.map((each) => [each.name, each]));
    this.#server = createServer((request, response) => void this.#answer(request.url ?? "", response));
  }

  static async open(packages: readonly PackedPackage[]): Promise<PackageRegistry> {
    const registry = new PackageRegistry(packages);
    await once(registry.#server.listen(0, "127.0.0.1"), "listening");
    return registry;
  }

  /** Where it listens, with a slash at the end. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${this.#path}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #answer(url: string, response: ServerResponse): Promise<void> {
    const [name = "", file] = decodeURIComponent(url.slice(this.#path.length)).split("/-/");
    const found = this.#packages.get(name);
    if (found === undefined) return void response.writeHead(404).end();
    const bytes = await readFile(found.tarball);
    if (file !== undefined) return void response.end(bytes);
    const dist = {
      tarball: `${this.url}${name}/-/${name.slice(name.indexOf("/") + 1)}-${found.version}.tgz`,
      integrity: `sha512-${createHash("sha512").update(bytes).digest("base64")}`,
      shasum: createHash("sha1").update(bytes).digest("hex"),
    };
    const lastYear = new Date(Date.now() - 365 * 24 * 3_600_000).toISOString();
    const versions = { [found.version]: { ...found.manifest, dist } };
    const time = { created: lastYear, modified: lastYear, [found.version]: lastYear };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ name, "dist-tags": { latest: found.version }, versions, time }));
  }
}
