import type { Command } from "../../framework/command.js";
import { createNode, defaultListenerAddress, generateNodeName } from "../../node-process/create-node.js";
import { nodeJson } from "../../node-process/node-json.js";
import { parseNodeName } from "../../syntax/names.js";

export const command: Command = {
  arguments: [{ syntax: "[name]", description: "Name of the node; two random words when left out" }],
  options: [
    {
      flags: "-t, --tcp-listener-address <host:port>",
      description: "Where the node listens",
      default: defaultListenerAddress,
    },
  ],
  examples: ["node create n1", "node create n2 --tcp-listener-address 127.0.0.1:7000"],
  async run(context, input) {
    const { nodes, terminal } = context;
    const given = input.argument("name");
    const name = given === undefined ? await generateNodeName(context) : parseNodeName(given);
    const tcpListenerAddress = input.requiredText("tcp-listener-address");
    await terminal.spin(`Creating node ${name}`, createNode(context, { name, tcpListenerAddress }));
    const json = nodeJson(nodes.get(name), await context.control(name).call("node.show", {}));
    return { plain: `Node ${name} is running at ${json.route.verbose}`, machine: name, json };
  },
};
