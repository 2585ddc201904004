import type { Command } from "../../framework/command.js";
import { atOption } from "../shared/options.js";
import { listResult } from "../shared/result-blocks.js";

export const command: Command = {
  options: [atOption],
  async run(context, input) {
    const node = await context.node(input.text("at"));
    const services = await context.control(node).call("service.list", {});
    return listResult(services, `Node ${node} has no services`, ({ addr, type }) => ({
      title: `/service/${addr}`,
      fields: { type },
    }));
  },
};
