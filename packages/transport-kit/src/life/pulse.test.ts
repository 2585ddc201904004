import { describe, expect, it } from "vitest";
import { Pulse } from "./pulse.js";

class Target {
  heard = false;
  deaf = false;
  wrote = false;
  pings = 0;
  deaths = 0;
  readonly ear = this;
  readonly mouth = this;
  isDeaf(): boolean {
    return this.deaf;
  }
  sendPing(): void {
    this.pings++;
    this.wrote = true;
  }
  onDead(): void {
    this.deaths++;
  }
}

const afterPoll = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function pulse(isLossy = false): { target: Target; tick: (count: number, late?: boolean) => void } {
  const target = new Target();
  const made = new Pulse(target, { pingTicks: 4, deadTicks: 12, isLossy });
  const tick = (count: number, late = false): void => {
    for (let i = 0; i < count; i++) made.tick(late);
  };
  return { target, tick };
}

describe("Pulse", () => {
  it("pings a connection that sent nothing, and not one that did", () => {
    const { target, tick } = pulse();
    tick(8);
    expect(target.pings).toBe(2);
    for (let i = 0; i < 20; i++) {
      target.wrote = true;
      tick(1);
    }
    expect(target.pings).toBe(2);
  });

  it("pings more often a peer that is not heard, where pings may get lost", () => {
    const { target, tick } = pulse(true);
    for (let i = 0; i < 8; i++) {
      target.heard = true;
      tick(1);
    }
    expect(target.pings).toBe(2);
    tick(8);
    expect(target.pings).toBeGreaterThan(5);
  });

  it("declares a peer dead after its silence, and not before", async () => {
    const { target, tick } = pulse();
    tick(11);
    await afterPoll();
    expect(target.deaths).toBe(0);
    tick(1);
    await afterPoll();
    expect(target.deaths).toBe(1);
  });

  it("takes any byte for life", async () => {
    const { target, tick } = pulse();
    for (let i = 0; i < 10; i++) {
      tick(11);
      target.heard = true;
    }
    await afterPoll();
    expect(target.deaths).toBe(0);
  });

  it("looks into the socket before it declares a peer dead", async () => {
    const { target, tick } = pulse();
    tick(12);
    target.heard = true;
    await afterPoll();
    expect(target.deaths).toBe(0);
  });

  it("does not count silence while this end does not read", async () => {
    const { target, tick } = pulse();
    target.deaf = true;
    tick(100);
    await afterPoll();
    expect(target.deaths).toBe(0);
    expect(target.pings).toBe(25);
    target.deaf = false;
    tick(12);
    await afterPoll();
    expect(target.deaths).toBe(1);
  });

  it("pings at once after a stop of this process, and gives the peer time to answer", async () => {
    const { target, tick } = pulse();
    tick(11);
    const { pings } = target;
    tick(1, true);
    expect(target.pings).toBe(pings + 1);
    tick(3);
    await afterPoll();
    expect(target.deaths).toBe(0);
    tick(1);
    await afterPoll();
    expect(target.deaths).toBe(1);
  });
});
