import type { OutletDetail, OutletListing } from "../../runtime/views.js";
import type { Block } from "../shared/result-blocks.js";

/** An outlet of a list as people read it. */
export function outletBlock({ from, to }: OutletListing): Block {
  return { title: from, fields: { to } };
}

/** One outlet as people read it. */
export function outletDetailBlock({ node_name, worker_address, to }: OutletDetail): Block {
  return { title: worker_address, fields: { node: node_name, to } };
}
