import type { ControlClient } from "../control/client.js";
import type { Environment } from "../environment.js";
import type { HomeIdentities } from "../identities/home-identities.js";
import type { Passphrases } from "../identities/passphrases.js";
import type { Result } from "../output/result.js";
import type { Terminal } from "../output/terminal.js";
import type { NodeStore } from "../state/nodes.js";
import type { AddressSyntax } from "../syntax/multi-address.js";

/** What the global options and the environment ask for together. */
export interface GlobalSettings {
  readonly output: "plain" | "json" | undefined;
  readonly jq: string | undefined;
  readonly compactOutput: boolean;
  readonly quiet: boolean;
  /** How often `-v` was given. */
  readonly verbose: number;
  readonly noColor: boolean;
  readonly noInput: boolean;
}

/** What a command works with. */
export interface CommandContext {
  readonly environment: Environment;
  readonly settings: GlobalSettings;
  /** Progress, warnings and questions, on standard error. */
  readonly terminal: Terminal;
  /** The nodes of this user. */
  readonly nodes: NodeStore;
  /** The vaults, identities and credentials of this user. */
  identities(): Promise<HomeIdentities>;
  /** The passphrases of the vaults, from a file or as somebody types them. */
  passphrases(): Promise<Passphrases>;
  /** Aborted at the first SIGINT or SIGTERM; the second ends the command at once. */
  readonly signal: AbortSignal;

  /**
   * The checked name of the node a command is about: the one named (bare or `/node/x`), else the default.
   * On a terminal the user chooses when several nodes are there and none is the default; a node is created when there is none.
   *
   * @throws CliError NODE_NOT_FOUND when the one named does not exist; USAGE_INVALID
   */
  node(name: string | undefined): Promise<string>;

  /**
   * The same for commands that only look or take away: none is created, and nothing is given where there are no nodes.
   *
   * @throws CliError NODE_NOT_FOUND when the one named does not exist; USAGE_INVALID
   */
  nodeIfAny(name: string | undefined): Promise<string | undefined>;

  /** The line to a node's process. Nothing is opened before the first call. */
  control(nodeName: string): ControlClient;

  /** Routes as people write them, with all transports of this home. */
  addresses(): Promise<AddressSyntax>;

  /**
   * The transport hop by which this machine reaches a node best: `tcp#127.0.0.1:7000`.
   * It is what `/node/x` in a route stands for.
   *
   * @throws CliError NODE_NOT_FOUND, NODE_NOT_RUNNING
   */
  nodeAddress(name: string): Promise<string>;

  /**
   * Writes to standard output at once, for commands that follow something; a line end is added.
   *
   * @throws CliError OUTPUT_FAILED
   */
  print(text: string): Promise<void>;

  /**
   * Writes a result to standard output at once, for commands that go on after it.
   *
   * @throws CliError OUTPUT_FAILED
   */
  showResult(result: Result): Promise<void>;
}
