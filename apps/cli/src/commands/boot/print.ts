import type { Command } from "../../framework/command.js";
import { bootUnit, unitOptions } from "./boot-unit.js";

export const command: Command = {
  description: "Prints the unit that `culvert boot install` installs.",
  options: unitOptions,
  examples: ["boot print", "boot print --system --user culvert --file /etc/culvert.yaml"],
  async run(context, input) {
    const { path, text } = bootUnit(context, input);
    return { plain: text.trimEnd(), machine: text.trimEnd(), json: { path, unit: text } };
  },
};
