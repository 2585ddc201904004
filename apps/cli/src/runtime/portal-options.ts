import type { InletOptions, OutletOptions } from "@x/portal-tcp";
import type { RuntimeContext } from "./runtime-context.js";

type Common = Pick<InletOptions, "resumeTimeoutMs" | "budget" | "onVisitor">;

/** What the limits of a node say of each of its inlets. */
export function inletLimits(
  context: RuntimeContext,
): Common & Pick<InletOptions, "refusal" | "maxStreams" | "idleTimeoutMs"> {
  const { limits, openFiles } = context;
  const idleTimeoutMs = limits["inlet-idle-ms"];
  return {
    ...common(context),
    refusal: openFiles.refusal,
    maxStreams: limits["inlet-streams"],
    ...(idleTimeoutMs === 0 ? {} : { idleTimeoutMs }),
  };
}

/** What the limits of a node say of each of its outlets. */
export function outletLimits(
  context: RuntimeContext,
): Common & Pick<OutletOptions, "refusal" | "maxStreams" | "maxStreamsPerConnection" | "maxConnecting"> {
  const { limits, openFiles } = context;
  return {
    ...common(context),
    refusal: openFiles.refusalOfNext,
    maxStreams: limits["outlet-streams"],
    maxStreamsPerConnection: limits["outlet-connection-streams"],
    maxConnecting: limits["outlet-connecting"],
  };
}

function common({ limits, portalBudget, refusals }: RuntimeContext): Common {
  return {
    resumeTimeoutMs: limits["stream-resume-ms"],
    budget: portalBudget,
    onVisitor: (report) => {
      if (report.type === "refused") refusals.note(report.error);
    },
  };
}
