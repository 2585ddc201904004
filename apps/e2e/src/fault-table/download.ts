import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { eventually } from "../harness/eventually.js";
import { onFinished } from "../harness/on-finished.js";
import { killProcess } from "../harness/processes.js";

/** A web server in a process of its own. */
export interface PacedSource {
  readonly port: number;
  /** SHA-256 of its file, in hex. */
  readonly digest: string;
  readonly bytes: number;
}

/** Starts a server of a file of so many bytes, at about this speed. */
export async function startPacedSource(bytes: number, bytesPerSecond: number): Promise<PacedSource> {
  const path = fileURLToPath(new URL("./paced-source.js", import.meta.url));
  const args = [path, String(bytes), String(bytesPerSecond)];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  killAtEnd(child);
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  return { bytes, ...(JSON.parse(line) as { port: number; digest: string }) };
}

/** A download by curl: what has come so far, and how it went. */
export interface Download {
  receivedBytes(): number;
  /** When bytes came first after a moment; nothing when none did. Both in milliseconds as of `performance.now`. */
  arrivalAfter(moment: number): number | undefined;
  /** The longest time without bytes since a moment, in milliseconds. */
  longestPauseSince(moment: number): number;
  /** Waits until so many bytes have come. */
  reaches(bytes: number): Promise<void>;
  /** The exit code of curl, and the SHA-256 of all that came. */
  readonly finished: Promise<{
    readonly code: number | null;
    readonly digest: string;
    readonly stderr: string;
  }>;
}

/** Longest download, in seconds: with all outages. */
const maxSeconds = 120;

/** Starts curl on a loopback port. */
export function startDownload(port: number): Download {
  const args = [
    "--silent",
    "--show-error",
    "--fail",
    "--max-time",
    String(maxSeconds),
    `http://127.0.0.1:${port}/`,
  ];
  const child = spawn("curl", args, { stdio: ["ignore", "pipe", "pipe"] });
  killAtEnd(child);
  const hash = createHash("sha256");
  const arrivals: number[] = [];
  let received = 0;
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    received += chunk.length;
    hash.update(chunk);
    arrivals.push(performance.now());
  });
  child.stderr.on("data", (chunk) => {
    stderr += String(chunk);
  });
  const finished = once(child, "close").then(([code]) => ({
    code: code as number | null,
    digest: hash.digest("hex"),
    stderr,
  }));
  return {
    receivedBytes: () => received,
    arrivalAfter: (moment) => arrivals.find((arrival) => arrival > moment),
    longestPauseSince: (moment) => {
      const since = [moment, ...arrivals.filter((arrival) => arrival > moment)];
      return since.reduce(
        (longest, arrival, index) => Math.max(longest, arrival - (since[index - 1] ?? arrival)),
        0,
      );
    },
    reaches: async (bytes) => {
      await eventually(
        `curl has ${bytes} bytes`,
        () => received >= bytes || child.exitCode !== null,
        maxSeconds * 1_000,
      );
    },
    finished,
  };
}

function killAtEnd(child: ChildProcess): void {
  onFinished(() => killProcess(child.pid ?? 0));
}
