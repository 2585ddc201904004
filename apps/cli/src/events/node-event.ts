import type { LogLevel } from "../environment.js";

/** A thing of a node: what it is, as a word of the command line, and its name. Of a connection or a channel that is its worker. */
interface OfThing {
  /** `tcp-inlet`, `relay`, `connection`. */
  readonly resource: string;
  readonly name: string;
  /** The other end, of a connection: `tcp#127.0.0.1:7000`. */
  readonly remote?: string;
  /** Who is at the other end, of a secure channel. */
  readonly identifier?: string;
}

/** Why something is not as it should be. */
interface OfFailure {
  /** An error code: `TARGET_REFUSED`. */
  readonly code?: string;
  readonly reason?: string;
}

/** A visitor of an inlet or an outlet. */
interface OfVisitor extends OfThing {
  /** 32 hex digits, the same at the inlet and at the outlet. */
  readonly visitor: string;
  /** Where the visitor connected from; null where nobody said so. */
  readonly from: string | null;
  /** Of an outlet what it connects to, of an inlet the route to the outlet. */
  readonly to: string;
}

/** What happens to a node and what it has. See docs/events.md: each has a heading there. */
export type NodeEvent =
  | (OfThing & { readonly event: "made" | "deleted" | "up" })
  | (OfThing & OfFailure & { readonly event: "down" })
  | (OfThing & { readonly event: "back"; readonly down_ms: number })
  | {
      readonly event: "relay-hosted";
      readonly resource: "relay";
      readonly name: string;
      readonly change: string;
    }
  | (OfVisitor & { readonly event: "visitor-opened" })
  | (OfVisitor & OfFailure & { readonly event: "visitor-refused" })
  | (OfVisitor &
      OfFailure & {
        readonly event: "visitor-ended";
        readonly bytes_to_target: number;
        readonly bytes_to_visitor: number;
        readonly duration_ms: number;
      })
  | { readonly event: "visitors-skipped"; readonly count: number };

/** The word for one. */
export type EventName = NodeEvent["event"];

type OfName<Name extends EventName> = Extract<NodeEvent, { readonly event: Name | EventName }> & {
  readonly event: Name;
};

/** How an event is written down. */
interface EventKind<Event> {
  level(event: Event): LogLevel;
  text(event: Event): string;
}

const named = ({ resource, name }: OfThing): string => `${resource} ${name}`;
const always =
  (level: LogLevel): (() => LogLevel) =>
  () =>
    level;

/** Ends that are the will of one of the two sides. */
const willedCodes: ReadonlySet<string | undefined> = new Set([undefined, "STREAM_RESET", "ABORTED"]);

/** The level and the words of each event. */
export const eventKinds: { readonly [Name in EventName]: EventKind<OfName<Name>> } = {
  made: { level: always("info"), text: (event) => `Made ${named(event)}` },
  deleted: { level: always("info"), text: (event) => `Deleted ${named(event)}` },
  up: { level: always("info"), text: (event) => `Up: ${named(event)}` },
  down: {
    level: ({ reason }) => (reason === undefined ? "info" : "warn"),
    text: (event) => `Down: ${named(event)}`,
  },
  back: { level: always("info"), text: (event) => `Back: ${named(event)}` },
  "relay-hosted": { level: always("info"), text: ({ change }) => `Relay ${change}` },
  "visitor-opened": { level: always("debug"), text: (event) => `Visitor of ${named(event)}` },
  "visitor-refused": { level: always("warn"), text: (event) => `Visitor of ${named(event)} was refused` },
  "visitor-ended": {
    level: ({ code }) => (willedCodes.has(code) ? "info" : "warn"),
    text: (event) => `Visitor of ${named(event)} ${willedCodes.has(event.code) ? "ended" : "was not served"}`,
  },
  "visitors-skipped": {
    level: always("warn"),
    text: ({ count }) => `${count} events of visitors were not written down: there were too many at once`,
  },
};

/** An event as it is written down, everywhere in the same shape. */
export type EventRecord = NodeEvent & {
  readonly level: LogLevel;
  /** `2026-01-31T03:00:00.000Z` */
  readonly time: string;
  /** The same in one sentence. */
  readonly msg: string;
};
