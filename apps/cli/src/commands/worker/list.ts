import type { Command } from "../../framework/command.js";
import { listResult } from "../../output/blocks.js";
import { atOption } from "../../registry/resource-commands.js";
import { workerPath } from "../../syntax/names.js";

export const command: Command = {
  options: [atOption],
  async run(context, input) {
    const node = await context.node(input.text("at"));
    const workers = await context.control(node).call("worker.list", {});
    return listResult(workers, `Node ${node} has no workers`, ({ addr, type, exposure, queued }) => ({
      title: workerPath(addr),
      fields: { type, "open to": exposure, queued },
    }));
  },
};
