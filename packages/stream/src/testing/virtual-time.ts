interface Event {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** Time that passes only from one event to the next. */
export class VirtualTime {
  #now = 0;
  #order = 0;
  /** A heap by time, then by order of planning. */
  readonly #events: Event[] = [];

  get now(): number {
    return this.#now;
  }

  /** Plans something, in so many milliseconds. */
  after(delayMs: number, run: () => void): void {
    this.at(this.#now + delayMs, run);
  }

  /** Plans something at a time. */
  at(time: number, run: () => void): void {
    const event = { at: Math.max(time, this.#now), order: this.#order++, run };
    const events = this.#events;
    let index = events.length;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = events[parent] as Event;
      if (!isBefore(event, above)) break;
      events[index] = above;
      index = parent;
    }
    events[index] = event;
  }

  /** Lets the next event happen. Returns false when there is none before `until`. */
  step(until: number): boolean {
    const first = this.#events[0];
    if (first === undefined || first.at > until) return false;
    this.#removeFirst();
    this.#now = first.at;
    first.run();
    return true;
  }

  #removeFirst(): void {
    const events = this.#events;
    const last = events.pop() as Event;
    if (events.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= events.length) break;
      if (child + 1 < events.length && isBefore(events[child + 1] as Event, events[child] as Event)) child++;
      const below = events[child] as Event;
      if (!isBefore(below, last)) break;
      events[index] = below;
      index = child;
    }
    events[index] = last;
  }
}

function isBefore(one: Event, other: Event): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
