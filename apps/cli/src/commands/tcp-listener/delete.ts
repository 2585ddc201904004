import type { Command } from "../../framework/command.js";
import { deleteListener } from "../transport/listener-commands.js";

export const command: Command = deleteListener("tcp");
