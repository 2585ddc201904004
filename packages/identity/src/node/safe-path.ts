import type { Stats } from "node:fs";
import { lstat, readlink } from "node:fs/promises";
import { dirname, parse, resolve, sep } from "node:path";
import { vaultUnsafe } from "./vault-error.js";

/** How many links a path may lead through. As many as Linux follows. */
const maxLinks = 40;

const groupOrOthers = 0o077;
const writableByOthers = 0o022;
const sticky = 0o1000;

/** The user that this process acts as; nothing where there is no such thing, as on Windows. */
function ownUser(): number | undefined {
  return process.geteuid?.();
}

/**
 * Checks that nobody but this user and root can put something else in the place of a path: each folder and each link on the way,
 * also behind links, belongs to one of the two, and no others may write to a folder. Those of /tmp may, as nobody can move what is
 * another's there.
 *
 * @throws CulvertError VAULT_UNSAFE; system errors for what is not there
 */
export async function checkParents(path: string): Promise<void> {
  const user = ownUser();
  if (user === undefined) return;
  let links = 0;
  let { root: checked } = parse(resolve(path));
  const left = piecesOf(dirname(resolve(path)));
  await checkFolder(checked, user);
  for (let piece = left.shift(); piece !== undefined; piece = left.shift()) {
    const next = resolve(checked, piece);
    const stats = await lstat(next);
    checkOwner(next, stats, user);
    if (!stats.isSymbolicLink()) {
      await checkFolder(next, user);
      checked = next;
      continue;
    }
    links++;
    if (links > maxLinks) throw vaultUnsafe(path, `it leads through more than ${maxLinks} links`);
    const target = resolve(checked, await readlink(next));
    left.unshift(...piecesOf(target));
    checked = parse(target).root;
  }
}

function piecesOf(path: string): string[] {
  return path
    .slice(parse(path).root.length)
    .split(sep)
    .filter((piece) => piece !== "");
}

async function checkFolder(path: string, user: number): Promise<void> {
  const stats = await lstat(path);
  checkOwner(path, stats, user);
  if (!stats.isDirectory()) throw vaultUnsafe(path, "it is no folder");
  if ((stats.mode & writableByOthers) !== 0 && (stats.mode & sticky) === 0) {
    throw vaultUnsafe(path, "others may write to it; take that away with `chmod go-w`");
  }
}

function checkOwner(path: string, stats: Stats, user: number): void {
  if (stats.uid === user || stats.uid === 0) return;
  throw vaultUnsafe(path, `it belongs to user ${stats.uid}, and not to ${user}`);
}

/**
 * Checks that a folder or file is this user's own, and closed to all others.
 *
 * @param stats of an open file, so that it cannot be another one by the time it is read
 * @throws CulvertError VAULT_UNSAFE
 */
export function checkPrivate(path: string, stats: Stats): void {
  const user = ownUser();
  if (user === undefined) return;
  if (stats.uid !== user) throw vaultUnsafe(path, `it belongs to user ${stats.uid}, and not to ${user}`);
  if ((stats.mode & groupOrOthers) === 0) return;
  const mode = (stats.mode & 0o777).toString(8);
  throw vaultUnsafe(path, `others may use it (mode ${mode}); take that away with \`chmod go=\``);
}
