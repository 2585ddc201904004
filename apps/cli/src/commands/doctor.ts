import { CliError } from "../cli-error.js";
import { formatChecks, plural } from "../doctor/doctor-report.js";
import { checkMachine } from "../doctor/machine-checks.js";
import { checkNodes } from "../doctor/node-checks.js";
import { checkState } from "../doctor/state-checks.js";
import type { Command } from "../framework/command.js";

export const command: Command = {
  description:
    "Checks this machine, the folder of all state, the ports of the nodes, and each node with its connections, relays and inlets; says how to mend what it finds, and changes nothing. Ends with 0 when there is no problem, else with 70.",
  examples: ["doctor", "doctor --output json --jq '.[] | select(.status != \"ok\")'"],
  async run(context) {
    const { nodes, terminal } = context;
    const all = Promise.all([checkMachine(nodes.home), checkState(nodes), checkNodes(context)]);
    const checks = (await terminal.spin("Checking", all)).flat();
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
