import { beforeEach, describe, expect, it } from "vitest";
import { PathMemory } from "../path/path-memory.js";
import type { Segment } from "../protocol/segment.js";
import { generateStreamId } from "../protocol/stream-id.js";
import { decodeStreamMessage } from "../protocol/stream-message.js";
import { Pages } from "../resources/pages.js";
import { createStreamBudget, type StreamBudget } from "../resources/stream-budget.js";
import type { StreamPhase, StreamRole } from "./machine-options.js";
import { StreamMachine } from "./stream-machine.js";
import { defaultStreamSettings } from "./stream-settings.js";

const id = generateStreamId();
const pages = new Pages();
let budget: StreamBudget;
let now: number;

beforeEach(() => {
  budget = createStreamBudget();
  now = 0;
});

function newStream(role: StreamRole = "opener"): StreamMachine {
  const path = new PathMemory();
  return new StreamMachine({ id, role, path, budget, pages, settings: defaultStreamSettings }, now);
}

/** All that a stream sends now. */
function drain(stream: StreamMachine): ReturnType<typeof decodeStreamMessage>[] {
  const messages: ReturnType<typeof decodeStreamMessage>[] = [];
  for (let message = stream.poll(now); message !== undefined; message = stream.poll(now)) {
    messages.push(decodeStreamMessage(Buffer.concat(message.parts)));
  }
  return messages;
}

/** The segments a stream sends now. */
function segments(stream: StreamMachine): Segment[] {
  return drain(stream).flatMap((message) => (message?.kind === "segment" ? [message.segment] : []));
}

let nextNumber = 1;
function segment(changes: Partial<Segment> = {}): Segment {
  return {
    open: false,
    fin: false,
    wantsAck: true,
    asks: false,
    blocked: false,
    packetNumber: nextNumber++,
    ackDelayMs: 0,
    receivedTo: 0,
    creditLimit: 262_144,
    offset: 0,
    ranges: [],
    data: new Uint8Array(0),
    ...changes,
  };
}

/** A stream in each state a message or event can meet. */
const states = {
  "not yet sent": (): StreamMachine => newStream(),
  opening: (): StreamMachine => {
    const stream = newStream();
    stream.start();
    drain(stream);
    return stream;
  },
  open: (): StreamMachine => {
    const stream = states.opening();
    stream.receive(segment({ ranges: [{ from: 1, to: 1 }] }), now);
    drain(stream);
    return stream;
  },
  "ended here": (): StreamMachine => {
    const stream = states.open();
    stream.end();
    drain(stream);
    return stream;
  },
  "ended there": (): StreamMachine => {
    const stream = states.open();
    stream.receive(segment({ fin: true }), now);
    drain(stream);
    return stream;
  },
  "ended at both": (): StreamMachine => {
    const stream = states["ended here"]();
    stream.receive(segment({ fin: true }), now);
    drain(stream);
    return stream;
  },
  resetting: (): StreamMachine => {
    const stream = states.open();
    stream.reset({ code: "STREAM_RESET", text: "" }, now);
    drain(stream);
    return stream;
  },
  "over, well": (): StreamMachine => {
    const stream = states["ended at both"]();
    const largest = stream.nextNumber - 1;
    stream.receive(segment({ ranges: [{ from: 1, to: largest }] }), now);
    return stream;
  },
  "over, reset": (): StreamMachine => {
    const stream = states.open();
    stream.receiveReset({ code: "STREAM_RESET", text: "" });
    return stream;
  },
} as const satisfies Record<string, () => StreamMachine>;

const events = {
  segment: (stream: StreamMachine) => stream.receive(segment(), now),
  "segment with the end": (stream: StreamMachine) => stream.receive(segment({ fin: true }), now),
  "segment beyond the credit": (stream: StreamMachine) => stream.receive(segment({ offset: 2 ** 30 }), now),
  "acknowledgement of what was never sent": (stream: StreamMachine) =>
    stream.receive(segment({ ranges: [{ from: 1, to: 99 }] }), now),
  reset: (stream: StreamMachine) => stream.receiveReset({ code: "STREAM_RESET", text: "" }),
  closed: (stream: StreamMachine) => stream.receiveClosed(),
  "local end": (stream: StreamMachine) => stream.end(),
  "local reset": (stream: StreamMachine) => stream.reset({ code: "STREAM_RESET", text: "" }, now),
  "path down for 61 s": (stream: StreamMachine) => {
    stream.pathDown(now);
    now += 61_000;
    stream.onTime(now);
  },
} as const satisfies Record<string, (stream: StreamMachine) => void>;

type Row = readonly StreamPhase[];
const [opening, open, resetting, closed] = ["opening", "open", "resetting", "closed"] as const;

/** The phase after each event, in the order of `events`. See PROTOCOL.md, "States of a stream". */
const table: Record<keyof typeof states, Row> = {
  "not yet sent": [open, open, closed, closed, closed, closed, opening, closed, closed],
  opening: [open, open, resetting, resetting, closed, closed, opening, resetting, closed],
  open: [open, open, resetting, resetting, closed, closed, open, resetting, closed],
  "ended here": [open, open, resetting, resetting, closed, closed, open, resetting, closed],
  "ended there": [open, open, resetting, resetting, closed, closed, open, resetting, closed],
  "ended at both": [open, open, resetting, resetting, closed, closed, open, resetting, closed],
  resetting: [resetting, resetting, resetting, resetting, closed, closed, resetting, resetting, closed],
  "over, well": [closed, closed, closed, closed, closed, closed, closed, closed, closed],
  "over, reset": [closed, closed, closed, closed, closed, closed, closed, closed, closed],
};

/** Cells of the table whose stream ends well. */
const endsWell = new Set([
  "ended at both + closed",
  ...Object.keys(events).map((event) => `over, well + ${event}`),
]);

const cells = Object.entries(table).flatMap(([state, row]) =>
  Object.keys(events).map((event, index) => [state, event, row[index]] as const),
);

describe("a stream by its table of states", () => {
  it.each(cells)("%s + %s: %s", (state, event, phase) => {
    const stream = states[state as keyof typeof states]();
    events[event as keyof typeof events](stream);
    expect(stream.phase).toBe(phase);
    if (phase === closed) {
      expect(stream.reason === undefined).toBe(endsWell.has(`${state} + ${event}`));
      expect(stream.deadline).toBe(Number.POSITIVE_INFINITY);
      expect(drain(stream)).toEqual([]);
    }
    stream.dispose();
    stream.dispose();
    expect(budget.usedBytes).toBe(0);
  });
});

describe("a stream", () => {
  it("opens with the bytes that are there", () => {
    const stream = newStream();
    stream.write(Buffer.from("hello"), now);
    stream.end();
    expect(drain(stream)).toEqual([]);
    stream.start();
    const [first, ...rest] = segments(stream);
    expect(rest).toEqual([]);
    expect(first).toMatchObject({
      open: true,
      fin: true,
      wantsAck: true,
      packetNumber: 1,
      creditLimit: 262_144,
    });
    expect(Buffer.from(first?.data ?? []).toString()).toBe("hello");
  });

  it("opens without bytes when there are none", () => {
    const stream = newStream();
    stream.start();
    expect(segments(stream)).toMatchObject([{ open: true, wantsAck: true, asks: true }]);
  });

  it("sends no more than 16 KiB before it heard of credit", () => {
    const stream = states.opening();
    stream.write(new Uint8Array(100_000), now);
    const sent = segments(stream).reduce((sum, { data }) => sum + data.length, 0);
    expect(sent).toBe(16_384);
  });

  it("does not answer acknowledgements with acknowledgements", () => {
    const stream = states.open();
    now += 50;
    stream.receive(segment({ wantsAck: false }), now);
    now += 50;
    stream.onTime(now);
    expect(segments(stream)).toEqual([]);
  });

  it("repeats a reset until it is answered, and gives up after a minute", () => {
    const stream = states.resetting();
    let resets = 0;
    while (stream.phase === "resetting") {
      now = stream.deadline;
      stream.onTime(now);
      resets += drain(stream).length;
    }
    expect(resets).toBeGreaterThan(3);
    expect(resets).toBeLessThan(30);
    expect(now).toBeGreaterThanOrEqual(60_000);
    expect(now).toBeLessThan(61_000);
  });

  it("asks after 30 s of silence, and is lost a minute after that", () => {
    const stream = states.open();
    const asked: number[] = [];
    while (stream.phase === "open") {
      now = stream.deadline;
      stream.onTime(now);
      if (segments(stream).some(({ asks }) => asks)) asked.push(now);
    }
    expect(asked[0]).toBe(30_000);
    expect(stream.reason?.code).toBe("STREAM_LOST");
    expect(now).toBe(90_000);
  });

  it("fails when the other end does not answer within 10 s", () => {
    const stream = states.opening();
    while (stream.phase === "opening") {
      now = stream.deadline;
      stream.onTime(now);
      drain(stream);
    }
    expect(now).toBe(10_000);
    expect(stream.reason?.code).toBe("TIMED_OUT");
  });

  it("sends nothing while its path is down, and asks when it is back", () => {
    const stream = states.open();
    stream.pathDown(now);
    stream.write(Buffer.from("x"), now);
    expect(drain(stream)).toEqual([]);
    stream.movePath(new PathMemory(), now);
    const back = segments(stream);
    expect(back[0]).toMatchObject({ asks: true });
    expect(Buffer.from(back[0]?.data ?? []).toString()).toBe("x");
  });

  it("sends smaller segments when a hop carries no large ones", () => {
    const stream = states.open();
    stream.write(new Uint8Array(200_000), now);
    const [first] = segments(stream);
    stream.refusedAsTooLarge(first?.packetNumber ?? 0);
    const sizes = segments(stream).map(({ data }) => data.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual((first?.data.length ?? 0) / 2);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(0);
  });

  it("pauses after a hop was busy", () => {
    const stream = states.open();
    stream.write(new Uint8Array(1_000), now);
    const [first] = segments(stream);
    stream.refusedAsBusy(first?.packetNumber ?? 0, now);
    expect(segments(stream)).toEqual([]);
    now = stream.deadline;
    stream.onTime(now);
    expect(segments(stream)).toHaveLength(1);
  });

  it("lets no byte be read and none be counted after a reset", () => {
    const stream = states.open();
    stream.receive(segment({ data: Buffer.from("hello") }), now);
    stream.receiveReset({ code: "TARGET_REFUSED", text: "" });
    expect(stream.read()).toBeUndefined();
    stream.consumed(5);
    expect(stream.isRead).toBe(false);
    expect(budget.usedBytes).toBe(0);
  });

  it("grants credit only as the local end takes bytes", () => {
    // The open told 256 KiB of credit.
    const stream = states.open();
    for (let offset = 0; offset < 262_144; offset += 65_536) {
      stream.receive(segment({ offset, data: new Uint8Array(65_536) }), now);
      drain(stream);
    }
    for (const { creditLimit } of segments(stream)) expect(creditLimit).toBe(262_144);
    expect(stream.read()?.bytes).toHaveLength(65_536);
    expect(segments(stream)).toEqual([]);
    stream.consumed(65_536);
    expect(segments(stream)).toMatchObject([{ creditLimit: 327_680 }]);
  });
});

describe("breakOff()", () => {
  const reason = { code: "STREAM_RESET", text: "broke" } as const;

  it("resets only once the other end has what was written before", () => {
    const stream = states.open();
    stream.write(new Uint8Array(1_000), now);
    stream.breakOff(reason, now);
    expect(stream).toMatchObject({ phase: "open", wantsBytes: false });
    const [sent] = segments(stream);
    expect(sent?.data).toHaveLength(1_000);
    // What is written after it broke is not of this connection any more.
    stream.write(new Uint8Array(10), now);
    expect(segments(stream)).toEqual([]);
    const number = sent?.packetNumber ?? 0;
    stream.receive(segment({ receivedTo: 1_000, ranges: [{ from: number, to: number }] }), now);
    expect(stream).toMatchObject({ phase: "resetting", reason });
    expect(drain(stream)).toMatchObject([{ kind: "reset", reason: { code: "STREAM_RESET" } }]);
  });

  it("resets at once when nothing waits, and after a bounded time when it is not acknowledged", () => {
    const idle = states.open();
    idle.breakOff(reason, now);
    expect(idle.phase).toBe("resetting");
    const stuck = states.open();
    stuck.write(new Uint8Array(1_000), now);
    stuck.breakOff(reason, now);
    drain(stuck);
    for (; now < 4_900; now = stuck.deadline) stuck.onTime(now);
    expect(stuck.deadline).toBeLessThanOrEqual(5_000);
    now = 5_000;
    stuck.onTime(now);
    expect(stuck.phase).toBe("resetting");
    expect(budget.usedBytes).toBe(0);
  });

  it("reads nothing more of the other end", () => {
    const stream = states.open();
    stream.write(new Uint8Array(1_000), now);
    stream.breakOff(reason, now);
    stream.receive(segment({ data: new Uint8Array(5) }), now);
    expect(stream.read()).toBeUndefined();
    expect(stream.isRead).toBe(false);
  });
});
