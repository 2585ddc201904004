import { nodeName } from "../../registry/kinds.js";
import { type Option, option } from "../../registry/option.js";

/** An option that names the node which a thing is on. */
export function nodeOptionOf(flags: string, description: string): Option<"", string, false> {
  return option("", nodeName, { flags, description, isOwner: true });
}

/** The node that a thing is on. */
export const nodeOption: Option<"", string, false> = nodeOptionOf(
  "--at <node>",
  "The node, such as n1 or /node/n1; the default node when left out",
);
