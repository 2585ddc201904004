import { describe, expect, it } from "vitest";
import { maxPortTries } from "../limits.js";
import { type Bound, bindAll } from "./listen-host.js";

const failure = (code: string): Error => Object.assign(new Error(code), { code });

/** A machine on which some ports are taken, and some addresses are not there. */
class Machine {
  readonly open = new Set<string>();
  readonly taken = new Set<string>();
  readonly missing = new Set<string>();
  binds = 0;
  #nextPort = 40_000;

  readonly bind = async (address: string, port: number): Promise<Bound> => {
    this.binds++;
    if (this.missing.has(address)) throw failure("EADDRNOTAVAIL");
    const chosen = port === 0 ? this.#nextPort++ : port;
    const place = `${address} ${chosen}`;
    if (this.taken.has(place)) throw failure("EADDRINUSE");
    this.open.add(place);
    return { address, port: chosen, close: async () => void this.open.delete(place) };
  };
}

describe("bindAll()", () => {
  it("takes one port on all addresses, and another one where the first is taken on one", async () => {
    const machine = new Machine();
    machine.taken.add("::1 40000");
    const bound = await bindAll(["127.0.0.1", "::1"], 0, machine.bind);
    expect(bound.map(({ port }) => port)).toEqual([40_001, 40_001]);
    expect([...machine.open]).toEqual(["127.0.0.1 40001", "::1 40001"]);
  });

  it("leaves out addresses that the machine does not have", async () => {
    const machine = new Machine();
    machine.missing.add("::1");
    expect((await bindAll(["::1", "127.0.0.1"], 7_000, machine.bind)).map(({ address }) => address)).toEqual([
      "127.0.0.1",
    ]);
    machine.missing.add("127.0.0.1");
    await expect(bindAll(["::1", "127.0.0.1"], 7_001, machine.bind)).rejects.toMatchObject({
      code: "EADDRNOTAVAIL",
    });
  });

  it("gives everything back when a port that was asked for is taken on one address, or none is free on all", async () => {
    const machine = new Machine();
    machine.taken.add("::1 7000");
    await expect(bindAll(["127.0.0.1", "::1"], 7_000, machine.bind)).rejects.toMatchObject({
      code: "EADDRINUSE",
    });
    expect(machine.open.size).toBe(0);
    for (let port = 40_000; port < 40_100; port++) machine.taken.add(`::1 ${port}`);
    machine.binds = 0;
    await expect(bindAll(["127.0.0.1", "::1"], 0, machine.bind)).rejects.toMatchObject({
      code: "EADDRINUSE",
    });
    expect(machine.binds).toBe(2 * maxPortTries);
    expect(machine.open.size).toBe(0);
  });
});
