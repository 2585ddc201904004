import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { execa } from "execa";
import { Chain, type SidePortal } from "../../engine/chain.js";
import { type Fault, lineReset, linesCut, nodeEnds } from "../../engine/faults.js";
import { type Carrier, type Duration, inject } from "../../engine/recovery.js";
import { Pace, Side } from "../../engine/side.js";
import { patienceMs } from "../../harness/limits.js";
import { onFinished } from "../../harness/on-finished.js";
import { eventually } from "../../harness/waiting.js";
import {
  deadPeerBarMs,
  lineReturnBarMs,
  type Row,
  type RowText,
  row,
  serviceBarMs,
  toldBarMs,
} from "../row.js";

/** A file of 500 MB, at 40 MB/s: slow enough that the faults are in the middle. */
const [fileBytes, bytesPerSecond] = [500_000_000, 40_000_000];

/** Where in the file a fault begins. */
const middleBytes = 200_000_000;

const fileSeed = 17;

/** Starts a web server of the file. Gives its port. */
async function startFileServer(): Promise<number> {
  const server = createServer(async ({ socket }, response) => {
    response.writeHead(200, { "content-length": fileBytes, connection: "close" }).flushHeaders();
    const sending = { seed: fileSeed, length: fileBytes, pace: new Pace(bytesPerSecond) };
    await new Side(socket, () => performance.now()).send(sending);
    response.end();
  });
  server.listen(0, "127.0.0.1");
  onFinished(() => void server.close());
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

interface Download extends Carrier {
  receivedBytes(): number;
}

/** Starts a download by curl; resolves when so much has come. */
async function startDownload(port: number, atBytes: number): Promise<Download> {
  const url = `http://127.0.0.1:${port}/`;
  const args = ["--silent", "--show-error", "--fail", "--max-time", "120", url];
  const curl = execa("curl", args, { encoding: "buffer", buffer: { stdout: false }, reject: false });
  onFinished(() => curl.kill("SIGKILL"));
  const side = new Side(curl.stdout as never, () => performance.now());
  curl.stdout.on("data", (bytes: Buffer) =>
    side.receive(bytes, { seed: fileSeed, offset: side.receivedBytes }),
  );
  await eventually(`curl has ${atBytes} bytes`, () => side.receivedBytes >= atBytes);
  const finish = async (): Promise<number> => {
    const { exitCode, stderr } = await curl;
    const { receivedBytes, wrongAt } = side;
    if (exitCode !== 0)
      throw new Error(`curl ended with ${exitCode} after ${receivedBytes} bytes: ${stderr}`);
    return wrongAt === undefined ? fileBytes - receivedBytes : 1;
  };
  return { receivers: [side], receivedBytes: () => side.receivedBytes, finish };
}

interface DownloadChain {
  readonly chain: Chain;
  readonly side: SidePortal;
}

function download(
  text: RowText,
  faultOf: (chain: Chain, download: Download) => Fault,
  duration: Duration = {},
  atBytes = middleBytes,
): Row {
  return row<DownloadChain>({
    ...text,
    fault: `download of 500 MB by curl: ${text.fault}`,
    open: async () => {
      const chain = await Chain.open();
      return { chain, side: await chain.openSidePortal(await startFileServer()) };
    },
    // Each takes half a minute.
    injections: (asked) => Math.min(asked, 3),
    inject: async ({ chain, side }) => {
      const carrier = await startDownload(side.port, atBytes);
      const injection = await inject(chain, faultOf(chain, carrier), duration, carrier);
      return { ...injection, note: "curl ended with 0, every byte as at the source" };
    },
  });
}

/** Resets the inlet's leg ten times, all over the transfer. */
function manyResets(chain: Chain, { receivedBytes }: Download): Fault {
  const one = lineReset(chain, 0);
  const begin = async (): Promise<void> => {
    for (let reset = 0; reset < 10; reset++) {
      const goal = receivedBytes() + fileBytes / 15;
      await eventually(`curl has ${goal} bytes`, () => receivedBytes() >= goal, patienceMs);
      const place = chain.logEnd("near");
      await one.begin();
      await chain.logged("near", place, "Connection lost");
      // What is on its way goes on to curl meanwhile: the next reset needs a connection.
      await chain.logged("near", place, "Connection dialled");
    }
  };
  return { ...one, noticedBy: [], begin };
}

/** Downloads that must end well. */
export const downloads: readonly Row[] = [
  download(
    {
      id: "download-relay-killed",
      fault: "relay killed (kill -9) in the middle, started again after 5 s",
      detected: "the nodes of inlet and outlet log `Connection lost`; the slower one",
      recovered: "from the relay listening again: the first bytes come",
      bars: { detectMs: toldBarMs, recoverMs: serviceBarMs },
    },
    (chain) => nodeEnds(chain, "relay", "SIGKILL"),
    { lastsMs: 5_000 },
  ),
  download(
    {
      id: "download-line-cut",
      fault:
        "line between relay and private node cut without FIN or RST in the middle, until 8 s after both noticed",
      detected: "the relay and the private node log `Connection lost`; the slower one",
      recovered: "from the line carrying again: the first bytes come",
      bars: { detectMs: deadPeerBarMs, recoverMs: lineReturnBarMs },
    },
    (chain) => linesCut(chain, 1),
    { lastsMs: 8_000 },
  ),
  download(
    {
      id: "download-resets",
      fault: "the inlet node's connection to the relay reset 10 times, all over the transfer",
      recovered: "the longest time without bytes, from the first reset to the end",
      bars: { recoverMs: serviceBarMs },
    },
    manyResets,
    {},
    30_000_000,
  ),
];
