import { CulvertError } from "@x/core";
import type { RelayReport } from "@x/relay";
import type { NodeReport } from "@x/routing";
import type { Refusals } from "./limits/refusals.js";
import { failureFields, type RuntimeLog } from "./runtime-log.js";

/** What is a refusal, and not only news. */
type RefusalReport = Extract<NodeReport, { readonly type: "frame-invalid" | "connection-refused" }>;

type Write = (log: RuntimeLog) => void;

/** Writes what a node reports to the log: trouble as warnings, the rest for who asks for it. */
export function logReport(log: RuntimeLog, report: NodeReport, refusals: Refusals): void {
  if (report.type === "connection-lost" && report.reason !== undefined) refusals.count(report.reason.code);
  if (report.type === "frame-invalid") refusals.note(report.error, connectionFields(report));
  else if (report.type === "connection-refused") refusals.note(turnedAway(report), { remote: report.remote });
  else entryFor(report)(log);
}

function turnedAway({ remote, limit }: Extract<RefusalReport, { readonly limit: number }>): CulvertError {
  const reason = `Cannot accept connection from ${remote}: limit of this node is ${limit}`;
  return new CulvertError("CONNECTION_LIMIT_EXCEEDED", reason);
}

function entryFor(report: Exclude<NodeReport, RefusalReport>): Write {
  switch (report.type) {
    case "handler-failed":
      return (log) =>
        log.error({ worker: report.worker, ...failureFields(report.error) }, "A worker failed on a message");
    case "listener-failed":
      return (log) =>
        log.error({ address: report.address, ...failureFields(report.error) }, "A watcher failed");
    case "refusal-dropped":
      return (log) => log.debug(report.refusal, "A message was refused and its sender cannot be told");
    case "connection-up":
      return (log) => log.info(connectionFields(report), `Connection ${report.direction}`);
    case "connection-lost":
      return (log) =>
        log[report.reason === undefined ? "info" : "warn"](
          {
            ...connectionFields(report),
            kept: report.kept,
            ...(report.reason && failureFields(report.reason)),
          },
          "Connection lost",
        );
    case "dial-failed":
      return (log) =>
        log.warn(
          { ...connectionFields(report), attempts: report.attempts, ...failureFields(report.error) },
          "Cannot connect",
        );
  }
}

function connectionFields({ worker, remote }: { worker: string; remote: string }): {
  worker: string;
  remote: string;
} {
  return { worker, remote };
}

/** Writes what happens to the relays a node hosts. */
export function logRelayReport(log: RuntimeLog, report: RelayReport, refusals: Refusals): void {
  if (report.type === "refused") refusals.note(report.error, { connection: report.connection });
  else if (report.type === "names-failed") {
    log.error(failureFields(report.error), "Cannot keep the names of relays for the next start");
  } else log.info({ relay: report.name }, `Relay ${report.type}`);
}
