import { environmentVariables } from "../environment.js";
import type { Command } from "../framework/command.js";

export const command: Command = {
  run({ terminal }) {
    const { bold, dim } = terminal.resultStyle;
    const json = Object.entries(environmentVariables).map(([name, description]) => ({
      name,
      description,
      value: process.env[name] ?? null,
    }));
    const plain = json
      .map(
        ({ name, description, value }) =>
          `${bold(name)}${value === null ? "" : `=${value}`}\n  ${dim(description)}`,
      )
      .join("\n\n");
    return Promise.resolve({ plain, json });
  },
};
