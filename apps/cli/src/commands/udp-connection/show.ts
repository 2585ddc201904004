import type { Command } from "../../framework/command.js";
import { showConnection } from "../transport/connection-commands.js";

export const command: Command = showConnection("udp");
