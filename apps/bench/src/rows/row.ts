import type { Chain } from "../chains/chain.js";
import type { Role } from "../process/role.js";
import type { Progress } from "../report/progress.js";
import type { RowResult } from "../report/results.js";
import type { LoadClientOperations } from "../roles/load-client.js";
import type { LoadServerOperations } from "../roles/load-server.js";
import type { Settings } from "../settings.js";

/** What every row works with. */
export interface Bench {
  readonly settings: Settings;
  readonly progress: Progress;
  /** What a reader must know of what happened meanwhile; the row that is run takes them as notes. */
  readonly warnings: string[];
  /** The chains that can run here. */
  readonly chains: readonly Chain[];
  readonly client: Role<LoadClientOperations>;
  /** A second client, for a load beside another load. */
  readonly otherClient: Role<LoadClientOperations>;
  readonly server: Role<LoadServerOperations>;
  /** A second server, so that an echo does not wait behind a bulk load in one process. */
  readonly otherServer: Role<LoadServerOperations>;
  /** Loopback ports of the two servers. */
  readonly targets: readonly [number, number];
}

/** Something to measure: one or more rows of the table. */
export interface Row {
  readonly id: string;
  /** Begins to measure. No process is started yet. */
  begin(bench: Bench): RowRun;
}

/** A row while it is measured. */
export interface RowRun {
  /** How often each of its subjects is measured in all. */
  readonly rounds: number;
  /** Measures some of the rounds, with processes that are started for them and ended afterwards. */
  measure(rounds: readonly number[]): Promise<void>;
  /** What was measured so far. */
  results(): readonly RowResult[];
}
