/** What another process may ask of a role, by name. Each operation takes at most one value; values are plain data. */
export type Operations = Readonly<Record<string, (params: never) => unknown>>;

/** The answer to a call; `error` is set when the operation threw. `id` 0 says that the role is ready. */
export interface RoleAnswer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** Answers calls over the IPC channel until the parent goes away, and then ends the process. */
export function serveRole(operations: Operations): void {
  const reply = (answer: RoleAnswer): void => {
    // The parent may be gone already: then nobody waits for the answer.
    if (process.connected) process.send?.(answer, undefined, undefined, () => {});
  };
  process.on(
    "message",
    async ({ id, operation, params }: { id: number; operation: string; params: never }) => {
      try {
        reply({ id, result: await operations[operation]?.(params) });
      } catch (error) {
        reply({ id, error: error instanceof Error ? error.message : String(error) });
      }
    },
  );
  process.on("disconnect", () => process.exit(0));
  reply({ id: 0 });
}
