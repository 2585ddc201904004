import type { Inlet, InletOptions, OutletOptions } from "@x/portal-tcp";
import type { Told } from "../events/event-log.js";
import type { RuntimeContext } from "./runtime-context.js";

interface Common extends Pick<InletOptions, "resumeTimeoutMs" | "budget" | "onVisitor"> {
  readonly onChange: (portal: Pick<Inlet, "state" | "lastFailure">) => void;
}

/** What the limits of a node say of each of its inlets. */
export function inletLimits(
  context: RuntimeContext,
  name: string,
  to: () => string,
): Common & Pick<InletOptions, "refusal" | "maxStreams" | "idleTimeoutMs"> {
  const { limits, openFiles } = context;
  const idleTimeoutMs = limits["inlet-idle-ms"];
  return {
    ...common(context, { resource: "tcp-inlet", name }, to),
    refusal: openFiles.refusal,
    maxStreams: limits["inlet-streams"],
    ...(idleTimeoutMs === 0 ? {} : { idleTimeoutMs }),
  };
}

/** What the limits of a node say of each of its outlets. */
export function outletLimits(
  context: RuntimeContext,
  name: string,
  to: () => string,
): Common & Pick<OutletOptions, "refusal" | "maxStreams" | "maxStreamsPerConnection" | "maxConnecting"> {
  const { limits, openFiles } = context;
  return {
    ...common(context, { resource: "tcp-outlet", name }, to),
    refusal: openFiles.refusalOfNext,
    maxStreams: limits["outlet-streams"],
    maxStreamsPerConnection: limits["outlet-connection-streams"],
    maxConnecting: limits["outlet-connecting"],
  };
}

function common(
  { limits, portalBudget, refusals, events }: RuntimeContext,
  portal: Told,
  to: () => string,
): Common {
  return {
    resumeTimeoutMs: limits["stream-resume-ms"],
    budget: portalBudget,
    onVisitor: (report) => {
      if (report.type === "refused") refusals.count(report.error.code);
      events.visitor(portal, to(), report);
    },
    onChange: ({ state, lastFailure }) => events.state(portal, state, { failure: lastFailure }),
  };
}
