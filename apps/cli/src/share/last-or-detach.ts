import type { CommandContext } from "../framework/context.js";
import type { Result } from "../output/result.js";
import type { NodePurpose, NodeSettings } from "../state/node-files.js";
import { followLive } from "./live-line.js";
import { endPurposeNode } from "./purpose-nodes.js";

/** What was made, and how it goes on. */
export interface Lasting {
  readonly made: {
    readonly node: { readonly name: string };
    readonly settings: NodeSettings;
    readonly purpose: NodePurpose;
  };
  readonly result: Result;
  readonly isDetached: boolean;
  /** The operation that lists what has to be up. */
  readonly operation: "relay.list" | "tcp-inlet.list";
}

interface Health {
  readonly status?: string;
  readonly connection_status?: string;
  readonly last_failure: string | null;
}

/** Lets what was made go on in the background; or shows it, lets it last as long as the command, and ends it then. */
export async function lastOrDetach(
  context: CommandContext,
  { made, result, isDetached, operation }: Lasting,
): Promise<Result | undefined> {
  const { terminal } = context;
  const { node, settings, purpose } = made;
  const { kind, name } = purpose;
  if (isDetached) {
    terminal.note(`It runs on in the background: \`culvert ${kind} stop ${name}\` ends it`);
    return result;
  }
  try {
    await context.showResult(result);
    const read = async () => {
      const all = (await context.control(node.name).call(operation, {})) as readonly Health[];
      const down = all.find(({ status, connection_status }) => (status ?? connection_status) !== "Up");
      return { problem: down && (down.last_failure ?? "no answer") };
    };
    const endsAtMs = settings.endsAtMs ?? Number.POSITIVE_INFINITY;
    const isOver = await followLive(context, { node: node.name, endsAtMs, read });
    terminal.note(isOver ? `${name} has ended` : `Ending ${name}`);
  } finally {
    await endPurposeNode(context, made);
  }
  return undefined;
}
