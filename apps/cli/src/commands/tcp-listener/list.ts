import type { Command } from "../../framework/command.js";
import { listListeners } from "../transport/listener-commands.js";

export const command: Command = listListeners("tcp");
