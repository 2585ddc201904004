import type { Command } from "../../framework/command.js";
import { showListener } from "../transport/listener-commands.js";

export const command: Command = showListener("tcp");
