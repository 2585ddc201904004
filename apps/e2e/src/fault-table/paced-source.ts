import { createHash } from "node:crypto";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * A web server in a process of its own, as `node paced-source.js <bytes> <bytes per second>`: serves a file of so many bytes at
 * about this speed. Its first line is JSON: its port, and the SHA-256 of the file.
 */

/** Bytes to cut blocks from. Its length is a prime, so that no block comes again for long and a swapped one shows. */
const pool = Buffer.alloc(1_000_003, Buffer.from(Array.from({ length: 251 }, (_, index) => index)));
for (let place = 0; place < pool.length; place += 4) pool.writeUInt8((place * 2_654_435_761) & 0xff, place);

const blockBytes = 131_072;
const [fileBytes = 0, bytesPerSecond = 0] = process.argv.slice(2).map(Number);

function blockAt(offset: number): Buffer {
  const start = offset % (pool.length - blockBytes);
  return pool.subarray(start, start + Math.min(blockBytes, fileBytes - offset));
}

/** Never catches up after a pause, so that a fault in the middle stays in the middle. */
async function serve(response: ServerResponse): Promise<void> {
  response.writeHead(200, { "content-length": fileBytes });
  const tickMs = 10;
  let allowed = 0;
  for (let offset = 0; offset < fileBytes && !response.destroyed; ) {
    allowed = Math.min(allowed + (bytesPerSecond * tickMs) / 1_000, 8 * blockBytes);
    for (
      ;
      allowed >= blockBytes && offset < fileBytes && !response.writableNeedDrain;
      allowed -= blockBytes
    ) {
      const block = blockAt(offset);
      offset += block.length;
      response.write(block);
    }
    await sleep(tickMs);
  }
  response.end();
}

const hash = createHash("sha256");
for (let offset = 0; offset < fileBytes; offset += blockBytes) hash.update(blockAt(offset));
const server = createServer((_request, response) => void serve(response));
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ port, digest: hash.digest("hex") })}\n`);
});
// It ends with whoever started it.
process.stdin.resume().on("end", () => process.exit());
