import { CliError } from "../../cli-error.js";
import type { Command } from "../../framework/command.js";
import { parseName } from "../../syntax/names.js";
import { identityView } from "./identity-view.js";

export const command: Command = {
  description:
    "Prints its identifier, by which others know it. Its key is made in a vault and never leaves it; the first identity is the default.",
  arguments: [{ syntax: "[name]", description: "Its name; two random words when left out" }],
  options: [
    { flags: "--vault <vault>", description: "The vault for its key; the default vault when left out" },
    {
      flags: "--identity <hex>",
      description:
        "Take over what `identity show --full --encoding hex` printed. Without the key: it can be named and verified, not used by a node. A new key when left out",
    },
  ],
  examples: ["identity create", "identity create alice --vault v1", "identity create bob --identity 01a5…"],
  async run(context, input) {
    const { twoWords } = await import("../../syntax/two-words.js");
    const identities = await context.identities();
    const [given, vault, hex] = [input.argument("name"), input.text("vault"), input.text("identity")];
    if (vault !== undefined && hex !== undefined) {
      throw new CliError(
        "USAGE_INVALID",
        "Cannot put an imported identity into a vault: its key does not come with it",
        {
          hint: "Give one of --vault and --identity",
        },
      );
    }
    const taken = identities.list().map((identity) => identity.name);
    const name =
      given === undefined
        ? twoWords("identity", (free) => taken.includes(free))
        : parseName("identity", given);
    const { terminal } = context;
    const made = await (hex === undefined
      ? identities.create({ name, ...(vault === undefined ? {} : { vault }) })
      : identities.import(name, hex));
    const { green, bold } = terminal.resultStyle;
    const plain = `${green("✔")} Identity ${bold(name)}\n  ${made.identifier}`;
    return { plain, machine: made.identifier, json: identityView(made) };
  },
};
