import type { CommandContext } from "../framework/context.js";
import type { NodeRecord } from "../state/nodes.js";

/** What the outlets of a running node connect to; nothing of one that does not answer. */
export function outletsOf(context: CommandContext, node: NodeRecord): Promise<readonly string[]> {
  return textsOf<{ readonly to: string }>(context, {
    node,
    operation: "tcp-outlet.list",
    read: ({ to }) => to,
  });
}

/** Where the inlets of a running node listen; nothing of one that does not answer. */
export function inletsOf(context: CommandContext, node: NodeRecord): Promise<readonly string[]> {
  return textsOf<{ readonly bind_addr: string }>(context, {
    node,
    operation: "tcp-inlet.list",
    read: ({ bind_addr }) => bind_addr,
  });
}

interface Asked<View> {
  readonly node: NodeRecord;
  readonly operation: string;
  readonly read: (view: View) => string;
}

async function textsOf<View>(
  context: CommandContext,
  { node, operation, read }: Asked<View>,
): Promise<readonly string[]> {
  if (node.status !== "running") return [];
  const views = await context
    .control(node.name)
    .call(operation, {})
    .catch(() => []);
  return (views as readonly View[]).map(read);
}
