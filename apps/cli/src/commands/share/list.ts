import type { Command } from "../../framework/command.js";
import { listResult } from "../../output/blocks.js";
import { purposeNodes } from "../../share/purpose-nodes.js";
import { outletsOf } from "../../share/share-views.js";

export const command: Command = {
  examples: ["share list"],
  async run(context) {
    const shares = await Promise.all(
      (await purposeNodes(context, "share")).map(async ({ node, settings, purpose }) => ({
        name: purpose.name,
        services: await outletsOf(context, node),
        status: node.status,
        expires_at: new Date(settings.endsAtMs ?? 0).toISOString(),
      })),
    );
    return listResult(shares, "Nothing is shared", ({ name, services, status, expires_at }) => ({
      title: name,
      fields: { services: services.join(", "), status, "ends at": expires_at },
    }));
  },
};
