import type { Node, NodeOptions } from "./node.js";
import { RoutingNode } from "./routing-node.js";

/**
 * Makes a node. It needs no start, and runs until it is closed.
 *
 * @throws CulvertError OPTION_INVALID
 */
export function createNode(options: NodeOptions = {}): Node {
  return new RoutingNode(options);
}
