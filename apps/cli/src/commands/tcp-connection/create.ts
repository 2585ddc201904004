import type { Command } from "../../framework/command.js";
import { createConnection } from "../transport/connection-commands.js";

export const command: Command = createConnection("tcp");
