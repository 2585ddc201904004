import type { Role } from "../process/role.js";
import type { CulvertNodeOperations, MemoryUse } from "../roles/culvert-node.js";

/** By how much the memory of several processes grows while something is done to them. */
export async function measureGrowth(
  nodes: readonly Role<CulvertNodeOperations>[],
  task: () => Promise<void>,
): Promise<readonly MemoryUse[]> {
  const before = await memoryOf(nodes);
  await task();
  const after = await memoryOf(nodes);
  return after.map(({ residentBytes, heldBytes }, index) => ({
    residentBytes: residentBytes - (before[index]?.residentBytes ?? 0),
    heldBytes: heldBytes - (before[index]?.heldBytes ?? 0),
  }));
}

function memoryOf(nodes: readonly Role<CulvertNodeOperations>[]): Promise<readonly MemoryUse[]> {
  return Promise.all(nodes.map((node) => node.call("memory", undefined)));
}
