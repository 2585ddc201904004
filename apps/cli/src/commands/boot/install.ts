import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { isBooted, systemctl } from "../../boot/systemctl.js";
import { unitName } from "../../boot/systemd-unit.js";
import type { Command } from "../../framework/command.js";
import { stateFailed } from "../../state/json-file.js";
import { bootUnit, unitOptions } from "./boot-unit.js";

export const command: Command = {
  description:
    "Writes a unit of systemd that starts all nodes, and enables it. One of the user starts with the first login, or with the machine after `loginctl enable-linger`.",
  options: unitOptions,
  examples: ["boot install", "boot install --system --user culvert --file /etc/culvert.yaml"],
  async run(context, input) {
    const { path, text, isSystem } = bootUnit(context, input);
    const { terminal } = context;
    await mkdir(dirname(path), { recursive: true })
      .then(() => writeFile(path, text))
      .catch((error: unknown) => {
        throw stateFailed("write", path, error);
      });
    const isEnabled = isBooted();
    if (isEnabled) {
      await systemctl(isSystem, "daemon-reload");
      await systemctl(isSystem, "enable", unitName);
      terminal.done(
        `All nodes start with ${isSystem ? "the machine" : "the session of this user"} from now on`,
      );
    } else {
      const words = isSystem ? "" : "--user ";
      terminal.warn(`systemd does not run here: enable it with \`systemctl ${words}enable ${unitName}\``);
    }
    return { machine: path, json: { path, enabled: isEnabled } };
  },
};
