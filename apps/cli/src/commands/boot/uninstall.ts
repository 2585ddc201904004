import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { isBooted, systemctl } from "../../boot/systemctl.js";
import { unitName } from "../../boot/systemd-unit.js";
import type { Command } from "../../framework/command.js";
import { noneOf } from "../../output/blocks.js";
import { stateFailed } from "../../state/json-file.js";
import { placeOptions, unitPath } from "./boot-unit.js";

export const command: Command = {
  description: "Disables and removes the unit that `culvert boot install` wrote. Nodes that run go on.",
  options: placeOptions,
  examples: ["boot uninstall", "boot uninstall --system"],
  async run(_context, input) {
    const isSystem = input.flag("system");
    const path = unitPath(isSystem);
    if (!existsSync(path)) return noneOf(`There is no unit at ${path}`);
    if (isBooted()) await systemctl(isSystem, "disable", unitName);
    await rm(path, { force: true }).catch((error: unknown) => {
      throw stateFailed("remove", path, error);
    });
    if (isBooted()) await systemctl(isSystem, "daemon-reload");
    return { plain: `Removed ${path}`, machine: path, json: { path } };
  },
};
