import type { Command } from "../../framework/command.js";
import { type Block, listResult, noNodes } from "../../output/blocks.js";
import { atOption } from "../../registry/common-options.js";
import type { WorkerView } from "../../runtime/views.js";
import { workerPath } from "../../syntax/names.js";

export const command: Command = {
  options: [atOption],
  examples: ["worker list", "worker list --at n1"],
  async run(context, input) {
    const node = await context.nodeIfAny(input.text("at"));
    const form = { columns: { title: "worker" }, block: workerBlock };
    if (node === undefined) return listResult([], noNodes, form);
    const workers = await context.control(node).call("worker.list", {});
    return listResult(workers, `Node ${node} has no workers`, form);
  },
};

function workerBlock({ addr, type, exposure, queued }: WorkerView): Block {
  return { title: workerPath(addr), fields: { type, "open to": exposure, queued } };
}
