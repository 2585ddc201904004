import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { execa } from "execa";
import type { Chain } from "../../engine/chain.js";
import { type Fault, lineReset, linesCut, nodeEnds } from "../../engine/faults.js";
import { type Carrier, type Duration, inject } from "../../engine/recovery.js";
import { Pace, Side } from "../../engine/side.js";
import { patienceMs } from "../../harness/limits.js";
import { onFinished } from "../../harness/on-finished.js";
import { eventually } from "../../harness/waiting.js";
import { barMs, openSide, type Row, type RowText, row } from "../row.js";

/** A file of 500 MB, at 40 MB/s: slow enough that the faults are in the middle. */
const [fileBytes, bytesPerSecond] = [500_000_000, 40_000_000];

const fileSeed = 17;

/** Starts a web server of the file. */
async function startFileServer(): Promise<AddressInfo> {
  const server = createServer(async ({ socket }, response) => {
    response.writeHead(200, { "content-length": fileBytes, connection: "close" }).flushHeaders();
    const sending = { seed: fileSeed, length: fileBytes, pace: new Pace(bytesPerSecond) };
    await new Side(socket, () => performance.now()).send(sending);
    response.end();
  });
  onFinished(() => void server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  return server.address() as AddressInfo;
}

/** A download by curl, and what has come of it. */
interface Download extends Carrier {
  readonly side: Side;
}

function startDownload(port: number): Download {
  const args = ["--silent", "--show-error", "--fail", "--max-time", "120", `http://127.0.0.1:${port}/`];
  const curl = execa("curl", args, { encoding: "buffer", buffer: { stdout: false }, reject: false });
  onFinished(() => curl.kill("SIGKILL"));
  const side = new Side(curl.stdout as never, () => performance.now());
  curl.stdout.on("data", (bytes: Buffer) =>
    side.receive(bytes, { seed: fileSeed, offset: side.receivedBytes }),
  );
  const finish = async (): Promise<number> => {
    const { exitCode, stderr } = await curl;
    if (exitCode !== 0) throw new Error(`curl ended with ${exitCode}: ${stderr}`);
    return side.wrongAt === undefined ? fileBytes - side.receivedBytes : 1;
  };
  return { receivers: [side], side, finish };
}

const has = (side: Side, bytes: number): Promise<unknown> =>
  eventually(`curl has ${bytes} bytes`, () => side.receivedBytes >= bytes, patienceMs);

/** Resets the inlet's leg ten times, all over the transfer. */
function manyResets(chain: Chain, { side }: Download): Fault {
  const one = lineReset(chain, 0);
  const begin = async (): Promise<void> => {
    for (let reset = 0; reset < 10; reset++) {
      await has(side, side.receivedBytes + fileBytes / 15);
      const place = chain.logEnd("near");
      await one.begin();
      await chain.logged("near", place, "Connection lost");
      // What is on its way goes on to curl meanwhile: the next reset needs a connection.
      await chain.logged("near", place, "Connection dialled");
    }
  };
  return { ...one, noticedBy: [], begin };
}

/** A download, where in the file its fault begins, and for how long it lasts. */
interface DownloadPlan extends RowText {
  readonly atBytes: number;
  readonly breaks: (chain: Chain, download: Download) => Fault;
  readonly lasts?: Duration;
}

const plans: readonly DownloadPlan[] = [
  {
    id: "download-relay-killed",
    fault: "relay killed (kill -9) in the middle, started again after 5 s",
    bars: { detectMs: barMs.told, recoverMs: barMs.served },
    atBytes: 200_000_000,
    breaks: (chain) => nodeEnds(chain, "relay", "SIGKILL"),
    lasts: { lastsMs: 5_000 },
  },
  {
    id: "download-line-cut",
    fault: "line to the private node cut without FIN or RST in the middle, until 8 s after both ends noticed",
    bars: { detectMs: barMs.dead, recoverMs: barMs.lineBack },
    atBytes: 200_000_000,
    breaks: (chain) => linesCut(chain, 1),
    lasts: { lastsMs: 8_000 },
  },
  {
    id: "download-resets",
    fault: "the inlet node's connection to the relay reset 10 times, all over the transfer",
    bars: { recoverMs: barMs.served },
    atBytes: 30_000_000,
    breaks: manyResets,
  },
];

/** Downloads that must end well. */
export const downloads: readonly Row[] = plans.map(({ atBytes, breaks, lasts, ...text }) =>
  row({
    ...text,
    fault: `download of 500 MB by curl: ${text.fault}`,
    open: () => openSide(startFileServer),
    // Each takes half a minute.
    injections: (asked) => Math.min(asked, 3),
    inject: async ({ chain, side }) => {
      const download = startDownload(side.port);
      await has(download.side, atBytes);
      const injection = await inject(chain, breaks(chain, download), lasts, download);
      return { ...injection, note: "curl ended with 0, every byte as at the source" };
    },
  }),
);
