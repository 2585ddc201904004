import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../../harness/eventually.js";
import { type Chain, openChain } from "../chain.js";
import { type Download, type PacedSource, startDownload, startPacedSource } from "../download.js";
import { deadPeerBarMs, lineReturnBarMs, patienceMs, relayReturnBarMs, serviceBarMs } from "../limits.js";
import { type Fault, untilConnectionLost } from "../measure.js";
import { defineRow, type Row } from "../row.js";
import { openSidePortal, type SidePortal } from "../side-portal.js";

const fileBytes = 500_000_000;

/** Slow enough that the faults are in the middle. */
const bytesPerSecond = 40_000_000;

/** Where in the file a single fault begins. */
const middleBytes = 200_000_000;

/** How long the relay is away, and how long the line is silent, in milliseconds. */
const [relayAwayMs, silenceMs] = [5_000, 20_000];

const resets = 10;

interface DownloadChain {
  readonly chain: Chain;
  readonly source: PacedSource;
  readonly side: SidePortal;
}

async function open(): Promise<DownloadChain> {
  const chain = await openChain();
  const source = await startPacedSource(fileBytes, bytesPerSecond);
  return { chain, source, side: await openSidePortal(chain, `127.0.0.1:${source.port}`) };
}

interface Outage {
  readonly id: string;
  readonly what: string;
  readonly detected: string;
  readonly recovered: string;
  readonly bars: Row["bars"];
  /** Breaks and mends. */
  readonly inject: (chain: Chain, download: Download) => Promise<Fault>;
}

const outages: readonly Outage[] = [
  {
    id: "download-relay-killed",
    what: `relay killed (kill -9) in the middle, started again after ${relayAwayMs / 1_000} s`,
    detected: "the nodes of inlet and outlet log `Connection lost`; the slower one",
    recovered: "from the relay listening again: the first bytes come",
    bars: { detectMs: 1_000, recoverMs: relayReturnBarMs },
    inject: async (chain, download) => {
      await download.reaches(middleBytes);
      const detectMs = await untilConnectionLost(chain, ["near", "far"], () => chain.kill("relay"));
      await sleep(relayAwayMs);
      const { listensAt, finished } = await chain.start("relay");
      return { detectMs, mendedAt: listensAt, finished };
    },
  },
  {
    id: "download-line-cut",
    what: `line between relay and private node cut for ${silenceMs / 1_000} s without FIN or RST in the middle`,
    detected: "the relay and the private node log `Connection lost`; the slower one",
    recovered: "from the line carrying again: the first bytes come",
    bars: { detectMs: deadPeerBarMs, recoverMs: lineReturnBarMs },
    inject: async (chain, download) => {
      await download.reaches(middleBytes);
      const restored = sleep(silenceMs);
      const detectMs = await untilConnectionLost(chain, ["relay", "far"], () => chain.wires[1].cut());
      await restored;
      chain.wires[1].heal();
      return { detectMs, mendedAt: performance.now() };
    },
  },
  {
    id: "download-resets",
    what: `the inlet node's connection to the relay reset ${resets} times, all over the transfer`,
    detected: "the inlet's node logs `Connection lost`; the slowest of the resets",
    recovered: "the longest time without bytes, from the first reset to the end",
    bars: { detectMs: 1_000, recoverMs: serviceBarMs },
    inject: async (chain, download) => {
      const times: number[] = [];
      const startedAt = performance.now();
      for (let reset = 0; reset < resets; reset++) {
        await download.reaches(((reset + 1) * fileBytes) / (resets + 2));
        times.push(await untilConnectionLost(chain, ["near"], () => chain.wires[0].reset()));
      }
      return { detectMs: Math.max(...times), mendedAt: startedAt, isMomentary: true };
    },
  },
];

/** When bytes come after a moment, in milliseconds as of `performance.now`. */
function firstArrival(download: Download, moment: number): Promise<number> {
  return eventually("bytes come again", () => download.arrivalAfter(moment), patienceMs);
}

function downloadRow({ id, what, detected, recovered, bars, inject }: Outage): Row {
  return defineRow<DownloadChain>({
    id,
    fault: `download of 500 MB by curl: ${what}`,
    detected,
    recovered,
    bars,
    open,
    settle: ({ chain }) => chain.checkHealth(),
    // Each takes half a minute.
    injections: (repeat) => Math.min(repeat, 3),
    inject: async ({ chain, source, side }) => {
      const download = startDownload(side.port);
      const { detectMs, mendedAt, isMomentary = false, finished } = await inject(chain, download);
      const hitAt = download.receivedBytes();
      if (hitAt >= fileBytes) throw new Error("The download was over before the fault was");
      const firstMs = (await firstArrival(download, mendedAt)) - mendedAt;
      const { code, digest, stderr } = await download.finished;
      await finished;
      if (code !== 0)
        throw new Error(`curl ended with ${code} after ${download.receivedBytes()} bytes: ${stderr}`);
      const recoverMs = isMomentary ? download.longestPauseSince(mendedAt) : firstMs;
      const missing = Math.abs(source.bytes - download.receivedBytes());
      const lostBytes = digest === source.digest ? 0 : Math.max(1, missing);
      const note = `curl ended with 0, SHA-256 as at the source; fault over at ${Math.round(hitAt / 1e6)} MB`;
      return { ...(detectMs !== undefined && { detectMs }), recoverMs, lostBytes, note };
    },
  });
}

/** Three downloads that must end well. */
export const downloads: readonly Row[] = outages.map(downloadRow);
