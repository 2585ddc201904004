import type { CulvertError } from "@x/core";
import type { VisitorReport } from "@x/portal-tcp";
import { failureFields, type RuntimeLog } from "../runtime/runtime-log.js";
import { maxKeptEvents, maxVisitorEventsPerSecond } from "./limits.js";
import { type EventRecord, eventKinds, type NodeEvent } from "./node-event.js";

/** A thing whose state is told. */
export interface Told {
  readonly resource: string;
  readonly name: string;
  readonly remote?: string;
  readonly identifier?: string;
}

/** Events that were kept, and where those after them begin. */
export interface KeptEvents {
  readonly events: readonly EventRecord[];
  /** Give it as `after` to get what comes next. */
  readonly next: number;
}

/** Writes down what happens to a node: in its log, and in memory for those who ask. */
export class EventLog {
  readonly #log: RuntimeLog;
  readonly #kept: EventRecord[] = [];
  /** Events so far. */
  #count = 0;
  /** Since when each thing that was told of is up or down, by resource and name. Things that were forgotten are not in it. */
  readonly #states = new Map<string, { readonly state: "up" | "down"; readonly since: number }>();
  #second = 0;
  #inSecond = 0;
  #skipped = 0;

  constructor(log: RuntimeLog) {
    this.#log = log;
  }

  /** @param text the words for it, where they differ from those of its kind */
  record(event: NodeEvent, text?: string): void {
    const kind = eventKinds[event.event] as {
      level(event: NodeEvent): EventRecord["level"];
      text(event: NodeEvent): string;
    };
    const level = kind.level(event);
    const msg = text ?? kind.text(event);
    this.#log[level === "trace" ? "debug" : level](event, msg);
    if (level === "debug") return;
    this.#kept.push({ level, time: new Date().toISOString(), ...event, msg });
    this.#count++;
    if (this.#kept.length > maxKeptEvents) this.#kept.shift();
  }

  /**
   * Tells of a state; what is told again is no event.
   *
   * @param failure why it is down
   */
  state(
    thing: Told,
    state: "up" | "down",
    { failure, text }: { failure?: unknown; text?: string } = {},
  ): void {
    const key = `${thing.resource} ${thing.name}`;
    const before = this.#states.get(key);
    if (before?.state === state) return;
    this.#states.set(key, { state, since: Date.now() });
    if (state === "down") {
      this.record({ event: "down", ...thing, ...(failure !== undefined && failureFields(failure)) }, text);
    } else if (before === undefined) this.record({ event: "up", ...thing }, text);
    else this.record({ event: "back", ...thing, down_ms: Date.now() - before.since }, text);
  }

  made(thing: Told): void {
    this.record({ event: "made", ...thing });
  }

  deleted(thing: Told): void {
    this.forget(thing);
    this.record({ event: "deleted", ...thing });
  }

  /** The thing is gone: its state is nothing to compare with. */
  forget({ resource, name }: Told): void {
    this.#states.delete(`${resource} ${name}`);
  }

  /** What happened to a visitor of an inlet or an outlet that leads to `to`. */
  visitor(portal: Told, to: string, report: VisitorReport): void {
    if (!this.#hasRoomForVisitor()) return;
    const who = { ...portal, visitor: report.id, from: report.from ?? null, to };
    if (report.type === "opened") this.record({ event: "visitor-opened", ...who });
    else if (report.type === "refused")
      this.record({ event: "visitor-refused", ...who, ...failureFields(report.error) });
    else {
      this.record({
        event: "visitor-ended",
        ...who,
        bytes_to_target: report.bytesToTarget,
        bytes_to_visitor: report.bytesToVisitor,
        duration_ms: report.durationMs,
        ...ending(report.error),
      });
    }
  }

  /** The events after those that somebody has, as far as they are kept; all that are kept for 0. */
  after(count: number): KeptEvents {
    const fresh = Math.max(0, this.#count - count);
    return { events: fresh === 0 ? [] : this.#kept.slice(-fresh), next: this.#count };
  }

  #hasRoomForVisitor(): boolean {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) {
      const count = this.#skipped;
      this.#second = second;
      this.#inSecond = this.#skipped = 0;
      if (count > 0) this.record({ event: "visitors-skipped", count });
    }
    const hasRoom = this.#inSecond++ < maxVisitorEventsPerSecond;
    if (!hasRoom) this.#skipped++;
    return hasRoom;
  }
}

function ending(error: CulvertError | undefined): { readonly code?: string; readonly reason?: string } {
  return error === undefined ? {} : failureFields(error);
}
