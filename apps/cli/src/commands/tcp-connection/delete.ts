import type { Command } from "../../framework/command.js";
import { deleteConnection } from "../transport/connection-commands.js";

export const command: Command = deleteConnection("tcp");
