import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { start } from "../../test-support/runtimes.js";
import { temporaryFolder } from "../../test-support/temporary-folder.js";
import type { NodeRuntime } from "../runtime/node-runtime.js";
import { emptySpec } from "../runtime/node-spec.js";
import { savedOperations } from "./operations.js";
import { ResourceSaver } from "./saved-resources.js";

const retryMs = 20;

describe("savedOperations()", () => {
  it("fails what changed the node and could not be saved, and nothing else, until it is saved", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "gone", "resources.json");
    const runtime = (await start("n1")) as unknown as NodeRuntime;
    const saver = new ResourceSaver(path, () => ({ version: 1, spec: emptySpec }), retryMs);
    const find = savedOperations(runtime, saver);
    saver.markChanged();
    await expect(find("service.start")?.({ type: "hop", address: "hop" })).rejects.toMatchObject({
      code: "STATE_FAILED",
    });
    expect(await find("tcp-outlet.list")?.({})).toEqual([]);
    expect(await find("node.show")?.({})).toMatchObject({ name: "n1" });
    await mkdir(join(folder.path, "gone"));
    await expect.poll(() => readFile(path, "utf8").catch(() => "")).toContain('"version": 1');
  });
});
