import type { Connection } from "@x/core";
import { describe, expect, it } from "vitest";
import { type Guest, GuestListener, type GuestSource } from "./guest-listener.js";
import { listenerDefaults } from "./listener-settings.js";

/** A guest that never says hello. */
class SilentGuest implements Guest {
  readonly remoteWhere = "there";
  readonly source: string;
  isClosed = false;
  #reject: (reason: unknown) => void = () => {};
  #onClosed: (() => void)[] = [];

  constructor(source: string) {
    this.source = source;
  }

  greet(): Promise<Connection> {
    return new Promise((_, reject) => {
      this.#reject = reject;
    });
  }

  turnAway(): void {
    this.destroy();
  }

  destroy(reason: unknown = "turned away"): void {
    this.isClosed = true;
    this.#reject(reason);
    for (const callback of this.#onClosed.splice(0)) callback();
  }

  whenClosed(callback: () => void): void {
    this.#onClosed.push(callback);
  }
}

describe("GuestListener", () => {
  it("lets the host with most guests who said no hello give way, and its oldest first", async () => {
    let accept: (guest: Guest) => void = () => {};
    const source: GuestSource<Guest> = {
      where: "here",
      start: (taker) => {
        accept = taker;
      },
      stop: async () => {},
    };
    const counting = { handshakes: 0 };
    const settings = { ...listenerDefaults, maxHandshakes: 8, onReport: () => {} };
    const listener = new GuestListener(source, { onConnection: () => {} }, settings, counting);
    const come = async (from: string): Promise<SilentGuest> => {
      const guest = new SilentGuest(from);
      accept(guest);
      await new Promise<void>((resolve) => setImmediate(resolve));
      return guest;
    };
    const honest = await come("192.0.2.1");
    const hogs: SilentGuest[] = [];
    for (let i = 0; i < 20; i++) hogs.push(await come("192.0.2.2"));
    expect(honest.isClosed).toBe(false);
    expect(hogs.map(({ isClosed }) => isClosed)).toEqual(hogs.map((_, i) => i < 13));
    expect(counting.handshakes).toBe(8);
    await listener.close();
    expect(honest.isClosed).toBe(true);
    expect(counting.handshakes).toBe(0);
  });
});
