import { type EnvironmentVariable, effectiveValues, environmentVariables } from "../environment.js";
import type { Command } from "../framework/command.js";

export const command: Command = {
  description: "Each with the value that counts, whether it is set or not.",
  examples: ["environment", "environment --jq '.[] | select(.is_set) | .name'"],
  run({ terminal, environment, nodes }) {
    const { bold, dim } = terminal.resultStyle;
    const values = effectiveValues(environment, nodes.home);
    const json = Object.entries(environmentVariables).map(([name, description]) => ({
      name,
      description,
      value: values[name as EnvironmentVariable],
      is_set: Boolean(process.env[name]),
    }));
    const plain = json
      .map(
        ({ name, description, value, is_set }) =>
          `${bold(name)}${value === null ? "" : `=${value}`}${is_set ? "" : dim(" (not set)")}\n  ${dim(description)}`,
      )
      .join("\n\n");
    return Promise.resolve({ plain, json });
  },
};
