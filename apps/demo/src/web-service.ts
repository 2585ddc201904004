import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, get, request } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** A web service as a user would have one: a page at `/`, and a long download at `/download`. */
export interface WebService {
  /** Where it listens: `127.0.0.1:9000`. */
  readonly where: string;
  /** SHA-256 of the download, in hex. */
  readonly downloadHash: string;
  close(): void;
}

const blockBytes = 1_048_576;

/** Starts a web service on a free loopback port, with a download of so many MiB. */
export async function startWebService(downloadMiB: number): Promise<WebService> {
  const hash = createHash("sha256");
  for (const block of blocks(downloadMiB)) hash.update(block);
  const server = createServer((incoming, response) => {
    if (incoming.url !== "/download") {
      response.end("This page came through a culvert.\n");
      return;
    }
    response.setHeader("content-length", downloadMiB * blockBytes);
    // A visitor that leaves early ends the pipeline; that is its right.
    pipeline(Readable.from(blocks(downloadMiB), { objectMode: false }), response).catch(() =>
      response.destroy(),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    where: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    downloadHash: hash.digest("hex"),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** So many MiB, each different, so that a lost, doubled or swapped one changes the hash. */
function* blocks(count: number): Iterable<Uint8Array> {
  for (let index = 0; index < count; index++) {
    const block = Buffer.alloc(blockBytes, index % 251);
    block.writeUInt32BE(index, 0);
    yield block;
  }
}

/** Asks for the head of a page, as `curl --head` does: `HTTP/1.1 200 OK`. */
export async function fetchHead(where: string): Promise<string> {
  const outgoing = request(`http://${where}/`, { method: "HEAD", agent: false, timeout: 5_000 });
  outgoing.end();
  const [response] = await once(outgoing, "response", { signal: AbortSignal.timeout(5_000) });
  response.resume();
  return `HTTP/${response.httpVersion} ${response.statusCode} ${response.statusMessage}`;
}

/** Downloads, calling `onProgress` with the bytes so far, and resolves with the SHA-256 of what came. */
export async function download(where: string, onProgress: (bytes: number) => void): Promise<string> {
  const outgoing = get(`http://${where}/download`, { agent: false });
  const [response] = await once(outgoing, "response", { signal: AbortSignal.timeout(5_000) });
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of response) {
    hash.update(chunk);
    bytes += chunk.length;
    onProgress(bytes);
  }
  if (bytes !== Number(response.headers["content-length"]))
    throw new Error(`Download ended after ${bytes} bytes`);
  return hash.digest("hex");
}
