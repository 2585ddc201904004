import type { Command } from "../framework/command.js";
import { version } from "../version.js";

export const command: Command = {
  examples: ["version"],
  run: () => Promise.resolve({ machine: version, json: { version } }),
};
