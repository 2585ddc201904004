import type { Command } from "../../framework/command.js";
import { stopCommand } from "../shared/stop-purpose.js";

export const command: Command = stopCommand("open", "what was opened", "Nothing is open");
