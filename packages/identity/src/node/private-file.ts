import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, link, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { checkPrivate } from "./safe-path.js";
import { vaultCorrupt, vaultUnsafe } from "./vault-error.js";

/** What the names of unfinished files end with. Those that a crash left are no part of a vault. */
export const unfinished = ".unfinished";

/**
 * Writes a file that only its owner can read, whole or not at all, also when the machine stops meanwhile.
 *
 * @param mode `create` fails with EEXIST when there is one, `replace` takes its place
 */
export async function writePrivateFile(
  path: string,
  bytes: Uint8Array,
  mode: "create" | "replace",
): Promise<void> {
  const draft = `${path}.${randomBytes(8).toString("hex")}${unfinished}`;
  try {
    await withFile(draft, "wx", async (file) => {
      await file.writeFile(bytes);
      await file.sync();
    });
    // A link, unlike a new name, never takes the place of another file.
    if (mode === "create") await link(draft, path);
    else await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(dirname(path));
}

/**
 * Reads such a file.
 *
 * @param maxBytes a longer one is not read
 * @throws CulvertError VAULT_UNSAFE when others may use it, or it is a link; VAULT_CORRUPT when it is too long
 */
export async function readPrivateFile(path: string, maxBytes: number): Promise<Buffer> {
  // Without NONBLOCK the opening of a pipe, which is no file, would wait for somebody to write to it.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  return withFile(path, flags, async (file) => {
    const stats = await file.stat();
    if (!stats.isFile()) throw vaultUnsafe(path, "it is no file");
    checkPrivate(path, stats);
    const bytes = Buffer.alloc(maxBytes + 1);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    if (bytesRead > maxBytes) throw vaultCorrupt(path, `limit is ${maxBytes} bytes`);
    return bytes.subarray(0, bytesRead);
  });
}

async function withFile<Result>(
  path: string,
  flags: string | number,
  use: (file: FileHandle) => Promise<Result>,
): Promise<Result> {
  const file = await open(path, flags, 0o600);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** Makes names in a folder last. Where folders cannot be opened, as on Windows, they do without. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  await withFile(path, "r", (folder) => folder.sync());
}
