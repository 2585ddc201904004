import type { Command } from "../../framework/command.js";
import { stopCommand } from "../shared/stop-purpose.js";

export const command: Command = {
  ...stopCommand("share", "what is shared", "Nothing is shared"),
  description: "What others opened of it is reset, and its ticket is good for nothing from then on.",
};
