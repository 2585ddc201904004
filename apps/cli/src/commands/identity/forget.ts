import { CliError } from "../../cli-error.js";
import type { Command } from "../../framework/command.js";

export const command: Command = {
  description:
    "Without --authorized a secure channel accepts at a route the identity that was met there first, and no other one: IDENTITY_CHANGED. When the other end has a new identity for a good reason, forget the old one; the next one that is met is remembered then.",
  arguments: [
    { syntax: "<identifier>", description: "The identity, I and 64 hex digits, as the error names it" },
  ],
  examples: ["identity forget I1b0f5d3a2c4e6f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708"],
  async run(context, input) {
    const identifier = input.requiredArgument("identifier");
    if (!/^I[0-9a-f]{64}$/.test(identifier)) {
      const shown = JSON.stringify(identifier.slice(0, 80));
      throw new CliError("USAGE_INVALID", `Cannot forget ${shown}: it is no identifier`, {
        hint: "Give I and 64 hex digits, as the error names it",
      });
    }
    const routes = await (await context.identities()).remembered.forget(identifier);
    const what =
      routes === 0
        ? "It was not met anywhere"
        : `Forgot ${identifier} at ${routes} ${routes === 1 ? "route" : "routes"}`;
    return { plain: what, machine: String(routes), json: { identifier, routes } };
  },
};
