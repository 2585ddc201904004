import type { Route, SharedKey, WorkerHost } from "@x/core";
import { createOpener, defaultOpenerLimits, type Opener } from "../ends/stream-opener.js";
import { openerLingerMs } from "../limits.js";
import { streamResources } from "../resources/stream-resources.js";
import type { Sleeper, Wakeups } from "../resources/wakeups.js";

/** Something that is closed with its node. */
interface Closable {
  close(): Promise<void> | void;
}

/** What `openStream` and `acceptStreams` keep for a node: one opener for each route, and all that takes streams. */
export class StreamEnds {
  readonly #openers: WeakMap<WorkerHost, Map<string, LingeringOpener>> = new WeakMap();
  readonly #open: Set<Closable> = new Set();

  /** The opener of a host for a route. It stays while it has streams, and a while longer. */
  opener(host: WorkerHost, route: Route): Opener {
    const openers = this.#openers.get(host) ?? new Map<string, LingeringOpener>();
    this.#openers.set(host, openers);
    const key = route.join("\n");
    const known = openers.get(key);
    if (known !== undefined) {
      known.stay();
      return known.opener;
    }
    const made = new LingeringOpener(host, route, () => {
      openers.delete(key);
      this.#open.delete(made);
    });
    openers.set(key, made);
    this.#open.add(made);
    return made.opener;
  }

  /** Closes something with the node. */
  add(closable: Closable): void {
    this.#open.add(closable);
  }

  /** It was closed before. */
  remove(closable: Closable): void {
    this.#open.delete(closable);
  }

  /** Resets all streams. */
  async close(): Promise<void> {
    await Promise.all([...this.#open].map((closable) => closable.close()));
  }
}

/** By which a node is asked for them: `host.shared(streamEnds)`. */
export const streamEnds: SharedKey<StreamEnds> = { name: "stream ends", make: () => new StreamEnds() };

/** An opener that goes some time after its last stream. */
class LingeringOpener implements Sleeper, Closable {
  wakeup: Sleeper["wakeup"];
  readonly opener: Opener;
  readonly #wakeups: Wakeups;
  readonly #onGone: () => void;
  #goesAt = 0;

  constructor(host: WorkerHost, route: Route, onGone: () => void) {
    this.#onGone = onGone;
    this.#wakeups = host.shared(streamResources).wakeups;
    this.opener = createOpener(host, {
      routes: [[...route]],
      type: "stream",
      limits: defaultOpenerLimits,
      asksWhenIdle: false,
      onClosed: () => this.stay(),
    });
    this.stay();
  }

  /** Stays a while from now on. */
  stay(): void {
    this.#goesAt = this.#wakeups.now() + openerLingerMs;
    this.#wakeups.schedule(this, this.#goesAt);
  }

  onWake(now: number): void {
    if (now < this.#goesAt) this.#wakeups.schedule(this, this.#goesAt);
    // The last stream that ends plans the next look.
    else if (this.opener.streams === 0) void this.close();
  }

  close(): Promise<void> {
    this.#wakeups.cancel(this);
    this.#onGone();
    return this.opener.close({ code: "ABORTED", text: "its node was closed" });
  }
}
