import { CulvertError } from "@x/core";
import type { RelayReport } from "@x/relay";
import type { NodeReport } from "@x/routing";
import type { EventLog, Told } from "../events/event-log.js";
import type { Refusals } from "./limits/refusals.js";
import { failureFields, type RuntimeLog } from "./runtime-log.js";

/** What is a refusal, and not only news. */
type RefusalReport = Extract<NodeReport, { readonly type: "frame-invalid" | "connection-refused" }>;

/** Where reports are written. */
export interface ReportTargets {
  readonly log: RuntimeLog;
  readonly refusals: Refusals;
  readonly events: EventLog;
}

/** Writes what a node reports to the log: trouble as warnings, the rest for who asks for it. */
export function logReport(report: NodeReport, targets: ReportTargets): void {
  const { refusals } = targets;
  if (report.type === "connection-lost" && report.reason !== undefined) refusals.count(report.reason.code);
  if (report.type === "frame-invalid") refusals.note(report.error, connectionFields(report));
  else if (report.type === "connection-refused") refusals.note(turnedAway(report), { remote: report.remote });
  else writeReport(report, targets);
}

function turnedAway({ remote, limit }: Extract<RefusalReport, { readonly limit: number }>): CulvertError {
  const reason = `Cannot accept connection from ${remote}: limit of this node is ${limit}`;
  return new CulvertError("CONNECTION_LIMIT_EXCEEDED", reason);
}

function writeReport(report: Exclude<NodeReport, RefusalReport>, { log, events }: ReportTargets): void {
  switch (report.type) {
    case "handler-failed":
      log.error({ worker: report.worker, ...failureFields(report.error) }, "A worker failed on a message");
      return;
    case "listener-failed":
      log.error({ address: report.address, ...failureFields(report.error) }, "A watcher failed");
      return;
    case "refusal-dropped":
      log.debug(report.refusal, "A message was refused and its sender cannot be told");
      return;
    case "connection-up":
      events.state(connectionOf(report), "up", { text: `Connection ${report.direction}` });
      return;
    case "connection-lost": {
      const connection = connectionOf(report);
      events.state(connection, "down", { failure: report.reason, text: "Connection lost" });
      if (!report.kept) events.forget(connection);
      return;
    }
    case "dial-failed":
      events.state(connectionOf(report), "down", { failure: report.error, text: "Connection down" });
      log.warn(
        { ...connectionFields(report), attempts: report.attempts, ...failureFields(report.error) },
        "Cannot connect",
      );
  }
}

function connectionOf({ worker, remote }: { worker: string; remote: string }): Told {
  return { resource: "connection", name: worker, remote };
}

function connectionFields({ worker, remote }: { worker: string; remote: string }): {
  worker: string;
  remote: string;
} {
  return { worker, remote };
}

/** Writes what happens to the relays a node hosts. */
export function logRelayReport(report: RelayReport, { log, refusals, events }: ReportTargets): void {
  if (report.type === "refused") refusals.note(report.error, { connection: report.connection });
  else if (report.type === "names-failed") {
    log.error(failureFields(report.error), "Cannot keep the names of relays for the next start");
  } else events.record({ event: "relay-hosted", resource: "relay", name: report.name, change: report.type });
}
