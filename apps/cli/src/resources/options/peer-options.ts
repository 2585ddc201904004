import { CliError } from "../../cli-error.js";
import { nameOf, texts } from "../../registry/kinds.js";
import type { ValueKind } from "../../registry/option.js";
import { option } from "../../registry/option.js";

const shape = /^I[0-9a-f]{64}$/;

/** Identifiers of identities, several. */
const identifiers: ValueKind<readonly string[]> = {
  ...texts("an identifier"),
  check(text, what) {
    if (shape.test(text)) return text;
    throw new CliError(
      "USAGE_INVALID",
      `Cannot use ${what} ${JSON.stringify(text.slice(0, 80))}: it is no identifier`,
      { hint: "Give I and 64 hex digits, as `culvert identity show` prints them" },
    );
  },
};

/** Who one end of a channel is, and whom it accepts. */
export const peerOptions = [
  option("identity", nameOf("identity"), {
    flags: "--identity <name>",
    description: "The identity to show; made when it is missing; that of the node when left out",
  }),
  option("authorized", identifiers, {
    flags: "--authorized <identifier>",
    description: "The only identity that is accepted; repeatable",
  }),
] as const;
