import type { Command } from "./framework/command.js";

/** One verb: what it does, and the module that does it, loaded when it is needed. */
export interface VerbEntry {
  readonly summary: string;
  readonly load: () => Promise<{ readonly command: Command }>;
}

/** One noun with its verbs, or a command of one word. */
export type NounEntry =
  | VerbEntry
  | { readonly summary: string; readonly verbs: Readonly<Record<string, VerbEntry>> };

/** All commands. The order is that of the help. */
export const commandTree: Readonly<Record<string, NounEntry>> = {
  node: {
    summary: "Create and manage nodes",
    verbs: {
      create: { summary: "Create a node", load: () => import("./commands/node/create.js") },
    },
  },
};
