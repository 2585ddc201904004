/** What another process may ask of a role, by name. Each operation takes at most one value; values are plain data. */
export type Operations = Readonly<Record<string, (params: never) => unknown>>;

/** A request to a role process. */
export interface RoleCall {
  readonly id: number;
  readonly operation: string;
  readonly params: unknown;
}

/** Its answer; `error` is set when the operation threw. `id` 0 says that the role is ready. */
export interface RoleAnswer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** Answers calls over the IPC channel until the parent goes away, and then ends the process. */
export function serveRole(operations: Operations): void {
  process.on("message", (call: RoleCall) => void answerCall(operations, call));
  process.on("disconnect", () => process.exit(0));
  reply({ id: 0 });
}

async function answerCall(operations: Operations, { id, operation, params }: RoleCall): Promise<void> {
  try {
    const run = operations[operation];
    if (run === undefined) throw new Error(`Cannot run operation "${operation}": it is unknown`);
    reply({ id, result: await run(params as never) });
  } catch (error) {
    reply({ id, error: error instanceof Error ? error.message : String(error) });
  }
}

function reply(answer: RoleAnswer): void {
  // The parent may be gone already: then nobody waits for the answer.
  if (process.connected) process.send?.(answer, undefined, undefined, () => {});
}
