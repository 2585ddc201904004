import type { Command } from "../../framework/command.js";
import { createListener } from "../transport/listener-commands.js";

export const command: Command = createListener("tcp");
