import type { Command } from "../../framework/command.js";
import { listResult } from "../../output/blocks.js";
import { purposeNodes } from "../../share/purpose-nodes.js";
import { inletsOf } from "../../share/share-views.js";

export const command: Command = {
  examples: ["open list"],
  async run(context) {
    const opened = await Promise.all(
      (await purposeNodes(context, "open")).map(async ({ node, settings, purpose }) => ({
        name: purpose.name,
        addresses: await inletsOf(context, node),
        status: node.status,
        identifier: purpose.authority ?? null,
        expires_at: new Date(settings.endsAtMs ?? 0).toISOString(),
      })),
    );
    return listResult(opened, "Nothing is open", ({ name, addresses, status, identifier, expires_at }) => ({
      title: name,
      fields: { addresses: addresses.join(", "), status, "shared by": identifier, "ends at": expires_at },
    }));
  },
};
