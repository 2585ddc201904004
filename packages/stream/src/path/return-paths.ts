import type { Origin, Route } from "@x/core";
import { maxIdlePaths } from "../limits.js";
import { Path, type PathContext, type PathUser } from "./path.js";

/** The paths an acceptor answers by, by their return routes. Some are kept without streams, for what they learned. */
export class ReturnPaths<User extends PathUser> {
  readonly #context: PathContext<User>;
  readonly #paths: Map<string, Path<User>> = new Map();
  /** Those without streams, in the order in which they became idle. */
  readonly #idle: Set<Path<User>> = new Set();

  constructor(context: PathContext<User>) {
    this.#context = context;
  }

  /** The path of a return route, for a stream to use now. `origin` is that of the message that has the route. */
  by(route: Route, origin: Origin): Path<User> {
    const key = keyOf(route);
    const path = this.#paths.get(key) ?? new Path(route, this.#context);
    path.origin = origin;
    this.#paths.set(key, path);
    this.#idle.delete(path);
    return path;
  }

  /** The path of a return route, where there is one. */
  get(route: Route): Path<User> | undefined {
    return this.#paths.get(keyOf(route));
  }

  /** A stream left the path. Without streams it is kept if it works, and the oldest such path goes. */
  left(path: Path<User>): void {
    if (path.isNeeded) return;
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

  #forget(path: Path<User>): void {
    path.close();
    this.#idle.delete(path);
    this.#paths.delete(keyOf(path.route));
  }
}

/** No address holds a line break. */
function keyOf(route: Route): string {
  return route.join("\n");
}
