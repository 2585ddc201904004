import type { Command } from "../../framework/command.js";
import { listConnections } from "../transport/connection-commands.js";

export const command: Command = listConnections("tcp");
