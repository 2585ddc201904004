import { maxTicketLength } from "../../authority/limits.js";
import { Ticket } from "../../authority/ticket.js";
import { CliError } from "../../cli-error.js";
import type { ArgumentDefinition } from "../../framework/command.js";
import type { CommandContext } from "../../framework/context.js";
import { readTextFile } from "../../framework/text-file.js";

/** How commands are given tickets. */
export const ticketArgument: ArgumentDefinition = {
  syntax: "[ticket]",
  description:
    "A file with the ticket, - for standard input, or the ticket itself, which others may see then; CULVERT_TICKET when left out",
  completes: "file",
};

/**
 * Reads the ticket that a command is given: as a file, `-` for standard input, itself, or by the environment.
 *
 * @param command its word, for texts
 * @throws CliError USAGE_INVALID; CulvertError TICKET_INVALID
 */
export async function readTicket(
  { terminal, environment }: CommandContext,
  command: string,
  given: string | undefined,
): Promise<Ticket> {
  if (given !== undefined && Ticket.isLike(given)) {
    // Out of the sight of others on this machine, as far as that can be done.
    process.title = `culvert ${command}`;
    terminal.warn(
      "A ticket among the arguments is seen by others on this machine, and kept by shells: give a file, or -",
    );
    return Ticket.parse(given);
  }
  if (given !== undefined) {
    const failed = (reason: string, cause?: unknown): CliError =>
      new CliError("USAGE_INVALID", `Cannot read ticket ${given}: ${reason}`, { cause });
    return Ticket.parse(await readTextFile(given, { maxBytes: maxTicketLength + 2, failed }));
  }
  if (environment.ticket !== undefined) return Ticket.parse(environment.ticket);
  throw new CliError("USAGE_INVALID", `Cannot ${command} without a ticket`, {
    hint: "Give a file with it, - for standard input, or set CULVERT_TICKET",
  });
}
