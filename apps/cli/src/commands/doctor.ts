import { CliError } from "../cli-error.js";
import type { Check } from "../doctor/check.js";
import { formatChecks, plural } from "../doctor/doctor-report.js";
import { checkMachine } from "../doctor/machine-checks.js";
import { checkNodes } from "../doctor/node-checks.js";
import { createProbe } from "../doctor/port-probe.js";
import { checkState } from "../doctor/state-checks.js";
import { checkTransports } from "../doctor/transport-checks.js";
import type { Command } from "../framework/command.js";
import type { CommandContext } from "../framework/context.js";
import type { LazyRegistry, Registry } from "../registry/registry.js";

export function createCommand(registry: LazyRegistry): Command {
  return {
    description:
      "Checks this machine, the folder of all state, the ports of the nodes, and each node with its connections, relays and inlets; says how to mend what it finds, and changes nothing. Ends with 0 when there is no problem, else with 70.",
    examples: ["doctor", "doctor --output json --jq '.[] | select(.status != \"ok\")'"],
    async run(context) {
      const { terminal } = context;
      const all = checkAll(context, await registry());
      const checks = await terminal.spin("Checking", all);
      const problems = checks.filter(({ status }) => status === "problem");
      const result = { plain: formatChecks(checks, terminal.resultStyle), json: checks };
      if (problems.length === 0) return result;
      const failure = new CliError(
        "CHECK_FAILED",
        `All is not well: ${plural(problems.length, "problem")} found`,
        {
          hint: "Each problem in the result says how to mend it",
        },
      );
      return { ...result, failure };
    },
  };
}

async function checkAll(context: CommandContext, registry: Registry): Promise<readonly Check[]> {
  const { nodes } = context;
  const transports = checkTransports(registry);
  // What is known of nothing cannot be checked: the reason is among the transports then.
  const kinds = await registry.resources().catch(() => []);
  const probe = createProbe(() => registry.transports);
  const found = [checkMachine(), checkState(nodes, kinds), transports, checkNodes(context, { kinds, probe })];
  return (await Promise.all(found)).flat();
}
