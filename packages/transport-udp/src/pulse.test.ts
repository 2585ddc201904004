import { describe, expect, it } from "vitest";
import { Pulse } from "./pulse.js";

class Target {
  heard = false;
  wrote = false;
  pings = 0;
  deaths = 0;
  takeHeard(): boolean {
    const { heard } = this;
    this.heard = false;
    return heard;
  }
  takeWrote(): boolean {
    const { wrote } = this;
    this.wrote = false;
    return wrote;
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

function pulse(): { target: Target; tick: (count: number, late?: boolean) => void } {
  const target = new Target();
  const made = new Pulse(target, { pingTicks: 4, deadTicks: 12 });
  const tick = (count: number, late = false): void => {
    for (let i = 0; i < count; i++) made.tick(late);
  };
  return { target, tick };
}

describe("Pulse", () => {
  it("pings once per interval a peer that is heard, and more often one that is not", () => {
    const { target, tick } = pulse();
    for (let i = 0; i < 8; i++) {
      target.heard = true;
      tick(1);
    }
    expect(target.pings).toBe(2);
    tick(8);
    expect(target.pings).toBeGreaterThan(5);
  });

  it("declares a peer dead after its silence, and not before, nor when something just came", async () => {
    const { target, tick } = pulse();
    tick(11);
    await afterPoll();
    expect(target.deaths).toBe(0);
    tick(1);
    target.heard = true;
    await afterPoll();
    expect(target.deaths).toBe(0);
    tick(12);
    await afterPoll();
    expect(target.deaths).toBe(1);
  });

  it("gives the peer time to answer after a stop of this process", async () => {
    const { target, tick } = pulse();
    tick(11);
    tick(1, true);
    tick(3);
    await afterPoll();
    expect(target.deaths).toBe(0);
    tick(1);
    await afterPoll();
    expect(target.deaths).toBe(1);
  });
});
