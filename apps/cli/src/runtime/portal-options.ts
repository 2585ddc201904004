import type { InletOptions, OutletOptions } from "@x/portal-tcp";
import type { RuntimeContext } from "./runtime-context.js";

type Common = Pick<InletOptions, "resumeTimeoutMs" | "budget" | "refusal" | "onRefused">;

/** What the limits of a node say of each of its inlets. */
export function inletLimits(
  context: RuntimeContext,
): Common & Pick<InletOptions, "maxStreams" | "idleTimeoutMs"> {
  const { limits } = context;
  const idleTimeoutMs = limits["inlet-idle-ms"];
  return {
    ...common(context),
    maxStreams: limits["inlet-streams"],
    ...(idleTimeoutMs === 0 ? {} : { idleTimeoutMs }),
  };
}

/** What the limits of a node say of each of its outlets. */
export function outletLimits(
  context: RuntimeContext,
): Common & Pick<OutletOptions, "maxStreams" | "maxStreamsPerConnection" | "maxConnecting"> {
  const { limits } = context;
  return {
    ...common(context),
    maxStreams: limits["outlet-streams"],
    maxStreamsPerConnection: limits["outlet-connection-streams"],
    maxConnecting: limits["outlet-connecting"],
  };
}

function common({ limits, portalBudget, openFiles, refusals }: RuntimeContext): Common {
  return {
    resumeTimeoutMs: limits["stream-resume-ms"],
    budget: portalBudget,
    refusal: openFiles.refusal,
    onRefused: (error) => refusals.note(error),
  };
}
