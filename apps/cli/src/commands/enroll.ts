import type { Command } from "../framework/command.js";
import { formatBlock } from "../output/blocks.js";
import type { LazyRegistry } from "../registry/registry.js";
import { parseName } from "../syntax/names.js";
import { credentialBlock, storedCredentialView } from "./credential/credential-view.js";
import { readTicket, ticketArgument } from "./shared/read-ticket.js";

export function createCommand(registry: LazyRegistry): Command {
  return {
    description:
      "Makes an identity of this home a member with the authority of the ticket. Nodes that are created from now on believe that authority, show its credential, and renew it as long as they run.",
    arguments: [ticketArgument],
    options: [
      {
        flags: "--identity <identity>",
        description: "Who becomes a member; made when it is missing; the default identity when left out",
      },
    ],
    examples: ["enroll ticket", "enroll - < ticket"],
    async run(context, input) {
      const { terminal, signal } = context;
      const ticket = await readTicket(context, "enroll", input.argument("ticket"));
      const given = input.text("identity");
      const identities = await context.identities();
      const own = await identities.use(given === undefined ? undefined : parseName("identity", given));
      const { name } = given === undefined ? identities.find() : identities.find(given);
      const { authority, routes } = ticket;
      const { temporaryRuntime } = await import("../runtime/temporary-runtime.js");
      const { askAuthority } = await import("../authority/ask-authority.js");
      await using runtime = await temporaryRuntime(context, registry);
      const request = { version: 1, type: "enroll", secret: ticket.secret() } as const;
      const asked = askAuthority(runtime.node, { authority, routes, identity: own, request, signal });
      const issued = await terminal.spin(`Enrolling with ${authority}`, asked);
      const stored = await identities.credentials.store(issued.credential);
      const history = Buffer.from(issued.authority.history).toString("hex");
      await identities.memberships.add({ authority, history, routes, identity: name });
      if (issued.isFirst) terminal.done(`Identity ${name} is a member now, and the first to use this ticket`);
      else terminal.warn(`Identity ${name} is a member now, and not the first to use this ticket`);
      const view = storedCredentialView(stored);
      return { plain: formatBlock(credentialBlock(view)), json: { ...view, is_first_use: issued.isFirst } };
    },
  };
}
