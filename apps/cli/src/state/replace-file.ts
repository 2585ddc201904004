import { open, rename, rm } from "node:fs/promises";

/**
 * Replaces a file as a whole: a reader sees the old or the new content, never a mixture, also after a crash or on a full disk.
 * Open to the user alone. Two writers of the same process must take turns.
 */
export async function replaceFile(path: string, content: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, "w", 0o600);
    try {
      // `writeFile` goes on after a short write, which a disk that is nearly full makes without an error.
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}
