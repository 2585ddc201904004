import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ownBuild } from "../process/role.js";
import { atMost, type Figure, ratioOf } from "../report/check.js";
import type { Series } from "../report/statistics.js";
import { Samples, type Subject, seriesOf } from "./rounds.js";
import { type Row, tableOf } from "./row.js";

const base = "node -e 0";
const nodeName = "bench";
const timeoutMs = 20_000;

/** The commands that are timed, with their bars beside Node doing nothing. */
const commands = [
  ["culvert --version", atMost(2)],
  [`culvert node show ${nodeName}`, atMost(3)],
  [`culvert service list --at ${nodeName}`, atMost(3)],
] as const;

const [own, other] = ["", " (against)"] as const;

/** Whole commands, each one process from start to end, beside Node doing nothing and beside those of another build. */
export const commandsRow: Row = {
  name: "commands",
  begin: ({ settings, against, say }) => {
    const builds = [{ suffix: own, root: ownBuild }, ...(against ? [{ suffix: other, root: against }] : [])];
    const names = builds.flatMap(({ suffix }) => commands.map(([command]) => command + suffix));
    const samples = new Samples([base, ...names]);
    const measure = async (rounds: readonly number[]): Promise<void> => {
      say("whole commands");
      const culverts = builds.map(({ suffix, root }) => ({ suffix, culvert: new Culvert(root) }));
      try {
        const subjects: Subject[] = culverts.flatMap(({ suffix, culvert }) =>
          commands.map(([command]) => ({
            name: command + suffix,
            measure: async () => [culvert.run(command)],
          })),
        );
        subjects.push({ name: base, measure: async () => [runNode(["-e", "0"])] });
        // Files are in the page cache before the first round.
        for (const subject of subjects) await subject.measure();
        await samples.take(subjects, rounds);
      } finally {
        for (const { culvert } of culverts) culvert.close();
      }
    };
    const checks = (series: readonly Series[]): Figure[] =>
      commands.map(([name, bar]) => ratioOf(seriesOf(series, name), seriesOf(series, base), bar));
    return {
      rounds: settings.starts,
      measure,
      tables: () => {
        const series = samples.series();
        const title = "Whole commands, start to end";
        const plan = { id: "commands", title, unit: "ms", checks, isAlone: true } as const;
        const comparisons = commands.map(([name]) =>
          ratioOf(seriesOf(series, name), seriesOf(series, name + other)),
        );
        return [{ ...tableOf(plan, series, samples.notes), comparisons: against ? comparisons : [] }];
      },
    };
  },
};

/** The command of a build, with a node in the background and a home of its own. */
class Culvert {
  readonly #path: string;
  readonly #home = mkdtempSync(join(tmpdir(), "culvert-bench-home-"));

  constructor(build: string) {
    this.#path = join(build, "apps/cli/bin/culvert");
    this.run(`culvert node create ${nodeName}`);
  }

  run(command: string): number {
    return runNode([this.#path, ...command.split(" ").slice(1)], this.#home);
  }

  close(): void {
    this.run("culvert node delete --all --yes");
    rmSync(this.#home, { recursive: true, force: true });
  }
}

/** Runs Node to its end and gives the milliseconds it took. */
function runNode(args: readonly string[], home = ""): number {
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, {
    env: { ...process.env, CULVERT_HOME: home },
    encoding: "utf8",
    timeout: timeoutMs,
  });
  const took = performance.now() - startedAt;
  if (status !== 0) throw new Error(`${args.slice(1).join(" ")} ended with ${status}: ${stderr.trim()}`);
  return took;
}
