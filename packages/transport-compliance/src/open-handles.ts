/** What keeps a process alive, by type: how many sockets, servers, child processes, workers and timers. */
export function openHandles(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo()) {
    if (type.endsWith("Wrap") || type === "Timeout") counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return counts;
}
