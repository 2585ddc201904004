import { type ErrorCode, isCulvertError } from "@x/core";
import { CliError } from "../cli-error.js";
import type { Style } from "./style.js";

/** What to try, for failures of the network. Failures of the command line bring their own hint. */
const hints: Readonly<Partial<Record<ErrorCode, string>>> = {
  WORKER_NOT_FOUND: "Check the route; `culvert worker list` shows what a node has",
  HOP_REFUSED: "A node passes messages from the network only to workers that are open to it",
  CONNECTION_REFUSED: "Check that the other node runs and listens there: `culvert node list`",
  CONNECTION_DOWN:
    "The connection is being dialled again: wait a little, or look at `culvert tcp-connection list`",
  CONNECTION_TIMED_OUT: "Check the address and that no firewall drops the packets",
  HANDSHAKE_FAILED: "Check that a Culvert node listens there, not another program",
  NAME_UNRESOLVED: "Check the spelling of the host name",
  LISTEN_ADDRESS_TAKEN: "Choose another port, or 0 to let the system choose one",
  ADDRESS_TAKEN: "Choose another address; `culvert service list` shows those in use",
  RELAY_NAME_TAKEN: "Choose another relay name, or delete the relay that has it",
  TARGET_REFUSED: "Check that the target program runs and listens there",
  VAULT_LOCKED: "Name a file with the passphrase in CULVERT_PASSPHRASE_FILE, or type it on a terminal",
  VAULT_KEY_NOT_FOUND: "Use an identity that was created here: `culvert identity list`",
  TIMED_OUT: "Try again; CULVERT_DEFAULT_TIMEOUT or --timeout sets how long to wait",
  ADDRESS_INVALID: "Give an address such as outlet, or a route such as /node/n1/service/outlet",
};

/**
 * An error as people read it: what failed and why, what to try, and the code. Several lines.
 *
 * @param verbose 2 and above adds the stack traces
 */
export function reportError(error: unknown, style: Style, verbose: number): string {
  const lines = [`${style.red("error:")} ${messageOf(error)}`];
  if (
    isCulvertError(error) &&
    error.hop !== undefined &&
    error.hop !== "" &&
    !error.message.includes(error.hop)
  ) {
    lines.push(`  hop: ${error.hop}`);
  }
  const hint = hintFor(error);
  if (hint !== undefined) lines.push(`  try: ${hint}`);
  lines.push(`  code: ${codeOf(error)}`);
  if (verbose >= stackVerbosity) lines.push(style.dim(stackOf(error)));
  return lines.join("\n");
}

const stackVerbosity = 2;

/** The code of an error; `INTERNAL` for one nobody foresaw. */
export function codeOf(error: unknown): string {
  return isCulvertError(error) || error instanceof CliError ? error.code : "INTERNAL";
}

function hintFor(error: unknown): string | undefined {
  if (error instanceof CliError) return error.hint;
  if (isCulvertError(error)) return hints[error.code];
  return "This is a fault of Culvert: run the command again with -vv and report what it prints";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const cause = error.cause === undefined ? "" : `\ncaused by ${stackOf(error.cause)}`;
  return (error.stack ?? error.message) + cause;
}
