import type { Route } from "@x/core";
import { maxIdlePaths } from "./limits.js";
import { Path } from "./path.js";
import type { PathOwner } from "./path-owner.js";

/** The paths an outlet answers by, by their return routes. Some are kept without streams, for what they learned. */
export class ReturnPaths {
  readonly #owner: PathOwner;
  readonly #paths: Map<string, Path> = new Map();
  /** Those without streams, in the order in which they became idle. */
  readonly #idle: Set<Path> = new Set();

  constructor(owner: PathOwner) {
    this.#owner = owner;
  }

  /** The path of a return route, for a stream to use now. */
  by(route: Route): Path {
    const key = keyOf(route);
    const known = this.#paths.get(key);
    if (known !== undefined) {
      this.#idle.delete(known);
      return known;
    }
    const path = new Path(route, this.#owner);
    this.#paths.set(key, path);
    return path;
  }

  /** A stream left the path. Without streams it is kept if it works, and the oldest such path goes. */
  left(path: Path): void {
    if (path.streams.size > 0) return;
    if (path.state === "up") this.#idle.add(path);
    else this.#forget(path);
    const [oldest] = this.#idle;
    if (oldest !== undefined && this.#idle.size > maxIdlePaths) this.#forget(oldest);
  }

  /** Forgets all paths. */
  close(): void {
    for (const path of this.#paths.values()) path.close();
    this.#paths.clear();
    this.#idle.clear();
  }

  #forget(path: Path): void {
    path.close();
    this.#idle.delete(path);
    this.#paths.delete(keyOf(path.route));
  }
}

/** No address holds a line break. */
function keyOf(route: Route): string {
  return route.join("\n");
}
