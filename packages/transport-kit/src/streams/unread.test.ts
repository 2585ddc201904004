import type { Connection, CulvertError } from "@x/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { stuckTimeoutMs } from "../limits.js";
import { newTransportShares, type TransportShares } from "../transport-shares.js";
import type { ByteSink, ByteStream } from "./byte-stream.js";
import { encodeHello } from "./hello.js";
import { openStream } from "./open-stream.js";
import { streamDefaults } from "./stream-settings.js";

const mebibyte = 1_048_576;
const settings = { ...streamDefaults, maxUnsentBytes: 64 * mebibyte };
const frame = new Uint8Array(mebibyte);

afterEach(() => {
  vi.useRealTimers();
});

/** A stream whose peer says hello and then takes nothing, or all at once. */
class PeerStream implements ByteStream {
  readonly localWhere = "here";
  readonly remoteWhere = "there";
  readonly source: string;
  readonly losesUnread = false;
  readonly takesAll: boolean;
  waitingBytes = 0;
  takenMark = 0;
  isClosed = false;
  #sink: ByteSink | undefined;

  constructor(source: string, takesAll = false) {
    this.source = source;
    this.takesAll = takesAll;
  }

  read(sink: ByteSink): void {
    const isFirst = this.#sink === undefined;
    this.#sink = sink;
    if (isFirst) queueMicrotask(() => sink.append(encodeHello({ ...settings, full: false })));
  }

  write(parts: readonly Uint8Array[], onTaken?: () => void): void {
    if (this.takesAll) onTaken?.();
    else for (const { length } of parts) this.waitingBytes += length;
  }

  /** The peer says that it lives. */
  ping(): void {
    this.#sink?.append(Uint8Array.of(0x80, 1, 0, 0));
  }

  resume(): void {}
  async close(): Promise<void> {}
  closeSoon(): void {}
  whenClosed(): void {}

  destroy(): void {
    this.isClosed = true;
    this.waitingBytes = 0;
  }
}

interface End {
  readonly stream: PeerStream;
  readonly connection: Connection;
  reason: CulvertError | undefined;
}

async function connect(shares: TransportShares, source: string, takesAll = false): Promise<End> {
  const stream = new PeerStream(source, takesAll);
  const connection = await openStream(stream, settings, shares);
  const end: End = { stream, connection, reason: undefined };
  connection.start({
    onFrame: () => undefined,
    onClose: (reason) => {
      end.reason = reason;
    },
  });
  return end;
}

/** Sends without waiting until the connection refuses. Returns why. */
function sendCarelessly({ connection }: End): string {
  try {
    for (;;) void connection.send([frame]);
  } catch (error) {
    return (error as CulvertError).code;
  }
}

describe("connections whose peers do not read", () => {
  it("hold no more than their budget, and take nothing from those that do", async () => {
    const shares = newTransportShares(settings);
    const hogs = await Promise.all(Array.from({ length: 40 }, () => connect(shares, "192.0.2.1")));
    for (const hog of hogs) expect(sendCarelessly(hog)).toBe("CONNECTION_BUSY");
    await Promise.resolve();
    const heldBytes = hogs.reduce((sum, { stream }) => sum + stream.waitingBytes, 0);
    // Without the budget it would be 40 times 16 MiB.
    expect(heldBytes).toBeLessThanOrEqual(settings.maxUnsentBytes);
    expect(heldBytes).toBe(shares.unsent.usedBytes);
    expect(heldBytes).toBeGreaterThan(settings.maxUnsentBytes / 2);
    const reader = await connect(shares, "192.0.2.1", true);
    for (let i = 0; i < 100; i++) void reader.connection.send([frame]);
    for (const { connection } of [...hogs, reader]) await connection.close();
  });

  it("are closed when memory is short and they take nothing for long, though they ping", async () => {
    vi.useFakeTimers();
    const shares = newTransportShares(settings);
    const hogs = await Promise.all(Array.from({ length: 40 }, () => connect(shares, "192.0.2.1")));
    const slow = await connect(shares, "192.0.2.2");
    for (const hog of hogs) sendCarelessly(hog);
    void slow.connection.send([frame]);
    for (let passedMs = 0; passedMs <= stuckTimeoutMs + 500; passedMs += 250) {
      for (const { stream } of [...hogs, slow]) stream.ping();
      await vi.advanceTimersByTimeAsync(250);
    }
    const gone = hogs.filter(({ reason }) => reason?.code === "CONNECTION_LIMIT_EXCEEDED");
    expect(gone.length).toBeGreaterThan(0);
    expect(shares.unsent.usedBytes).toBeLessThan(settings.maxUnsentBytes / 2);
    expect(slow.reason).toBeUndefined();
    for (const { connection } of [...hogs, slow]) await connection.close();
  });
});
