import { describe, expect, it } from "vitest";
import { EventLog } from "../events/event-log.js";
import type { Resource } from "../registry/resource.js";
import { ResourceTable } from "./resource-table.js";
import type { RuntimeContext } from "./runtime-context.js";
import { silentLog } from "./runtime-log.js";

interface Thing {
  readonly name: string;
  /** Names that others may have, too. */
  readonly more?: readonly string[];
}

/** Things that are made when the test says so. */
function things(start: (params: Thing) => Promise<Thing>): ResourceTable {
  const resource = {
    noun: "thing",
    what: "thing",
    options: [],
    reserve: ({ name }) => name,
    start: (_context, params) => start(params),
    spec: (entry) => entry,
    names: ({ name, more = [] }) => [name, ...more],
    view: (_context, entry) => entry,
    close: async () => {},
  } as Partial<Resource<Thing, Thing, Thing>> as Resource;
  return new ResourceTable(resource, {
    nodeName: "n1",
    changed: () => {},
    events: new EventLog(silentLog),
    log: silentLog,
  } as Partial<RuntimeContext> as never);
}

describe("ResourceTable", () => {
  it("lets only one of two makers at once have a name", async () => {
    const table = things((thing) => new Promise((resolve) => setImmediate(() => resolve(thing))));
    const taken = { code: "RESOURCE_NAME_TAKEN" };
    const slow = table.create({ name: "a" }, {});
    await expect(table.create({ name: "a" }, {})).rejects.toMatchObject(taken);
    expect(await slow).toEqual({ name: "a" });
    await expect(table.create({ name: "a" }, {})).rejects.toMatchObject(taken);
    expect(table.list()).toEqual([{ name: "a" }]);
  });

  it("frees a name when making the thing fails", async () => {
    let isBroken = true;
    const table = things(async (thing) => {
      if (isBroken) throw new RangeError("no");
      return thing;
    });
    await expect(table.create({ name: "a" }, {})).rejects.toThrow(RangeError);
    isBroken = false;
    expect(await table.create({ name: "a" }, {})).toEqual({ name: "a" });
  });

  it("misses a name only where there are others", async () => {
    const table = things(async (thing) => thing);
    expect(table.show("a")).toEqual([]);
    await table.create({ name: "b" }, {});
    expect(() => table.show("a")).toThrow(expect.objectContaining({ code: "RESOURCE_NOT_FOUND" }));
    await expect(table.delete("a")).rejects.toThrow(/not found/);
    expect(await table.delete("b")).toEqual({ name: "b" });
    expect(await table.delete("b")).toEqual([]);
  });

  it("asks for another name where several have the one that was given, unless it is the own one of one", async () => {
    const table = things(async (thing) => thing);
    await table.create({ name: "a", more: ["here"] }, {});
    expect(table.show("here")).toMatchObject({ name: "a" });
    await table.create({ name: "b", more: ["here", "a"] }, {});
    const ambiguous = { code: "RESOURCE_AMBIGUOUS", hint: "Give one of a, b" };
    expect(() => table.show("here")).toThrow(expect.objectContaining(ambiguous));
    await expect(table.delete("here")).rejects.toMatchObject(ambiguous);
    expect(table.list()).toHaveLength(2);
    expect(await table.delete("a")).toMatchObject({ name: "a" });
    expect(await table.delete("here")).toMatchObject({ name: "b" });
  });

  it("keeps what could not be made again for the next start", async () => {
    const table = things(async (thing) => {
      if (thing.name === "a") throw new RangeError("no");
      return thing;
    });
    await table.restore([{ name: "a" }, { name: "b" }]);
    expect(table.list()).toEqual([{ name: "b" }]);
    expect(table.specs()).toEqual([{ name: "b" }, { name: "a" }]);
  });
});
