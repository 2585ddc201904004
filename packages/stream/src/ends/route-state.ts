import type { CulvertError } from "@x/core";
import type { Wakeups } from "../resources/wakeups.js";
import type { StreamPath } from "./carried-stream.js";

/** What an opener tells of its routes: whether the other end can be reached, since when, and why not. */
export class RouteState {
  readonly #wakeups: Wakeups;
  #paths: readonly StreamPath[] = [];
  #state: "up" | "down" = "down";
  #since: number = Date.now();
  #failure: CulvertError | undefined;
  #failedAt: number = Number.NEGATIVE_INFINITY;

  constructor(wakeups: Wakeups) {
    this.#wakeups = wakeups;
  }

  /** Tells of these routes from now on. */
  follow(paths: readonly StreamPath[]): void {
    this.#paths = paths;
    this.changed();
  }

  /** A route came up or went down. */
  changed(): void {
    const state = this.#paths.some((path) => path.state === "up") ? "up" : "down";
    if (state !== this.#state) this.#since = Date.now();
    this.#state = state;
  }

  /** A stream failed, or could not be opened. */
  failed(failure: CulvertError): void {
    this.#failure = failure;
    this.#failedAt = this.#wakeups.now();
  }

  get state(): "up" | "down" {
    return this.#state;
  }

  /** In milliseconds since 1970. */
  get since(): number {
    return this.#since;
  }

  get attempts(): number {
    return this.#state === "up" ? 0 : Math.max(...this.#paths.map((path) => path.attempts));
  }

  /** In milliseconds since 1970. */
  get nextAttemptAt(): number | undefined {
    const next = Math.min(...this.#paths.map((path) => path.nextAttemptAt));
    if (this.#state === "up" || next === Number.POSITIVE_INFINITY) return undefined;
    return Math.round(Date.now() + Math.max(0, next - this.#wakeups.now()));
  }

  /** The newest failure of a stream or a route: those of a route that is down go on coming. */
  get lastFailure(): CulvertError | undefined {
    let [failure, failedAt] = [this.#failure, this.#failedAt];
    for (const path of this.#paths) {
      if (path.failedAt <= failedAt) continue;
      [failure, failedAt] = [path.failure, path.failedAt];
    }
    return failure;
  }
}
