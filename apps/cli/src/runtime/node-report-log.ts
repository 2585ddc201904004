import type { RelayReport } from "@x/relay";
import type { NodeReport } from "@x/routing";
import { failureFields, type RuntimeLog } from "./runtime-log.js";

type Write = (log: RuntimeLog) => void;

/** Writes what a node reports to the log: trouble as warnings, the rest for who asks for it. */
export function logReport(log: RuntimeLog, report: NodeReport): void {
  entryFor(report)(log);
}

function entryFor(report: NodeReport): Write {
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
    case "frame-invalid":
      return (log) =>
        log.warn(
          { ...connectionFields(report), ...failureFields(report.error) },
          "A peer sent what is no frame",
        );
    case "connection-refused":
      return (log) =>
        log.warn({ remote: report.remote, limit: report.limit }, "A connection was turned away");
  }
}

function connectionFields({ worker, remote }: { worker: string; remote: string }): {
  worker: string;
  remote: string;
} {
  return { worker, remote };
}

/** Writes what happens to the relays a node hosts. */
export function logRelayReport(log: RuntimeLog, report: RelayReport): void {
  if (report.type === "refused") {
    log.warn(
      { connection: report.connection, ...failureFields(report.error) },
      "A relay request was refused",
    );
  } else {
    log.info({ relay: report.registration.name }, `Relay ${report.type}`);
  }
}
