import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A path that nobody uses. */
export function freePath(): string {
  return join(tmpdir(), `${randomUUID().slice(0, 13)}.sock`);
}
