import type { OptionDefinition } from "../framework/command.js";

/** The node a command is about. */
export const atOption: OptionDefinition = {
  flags: "--at <node>",
  description: "The node, such as n1 or /node/n1; the default node when left out",
};

/** Deletes without asking. */
export const yesOption: OptionDefinition = { flags: "-y, --yes", description: "Do not ask" };
