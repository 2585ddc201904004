import { CulvertError, type ErrorCode, isCulvertError } from "@x/core";

const codesBySystem: Readonly<Record<string, ErrorCode>> = {
  ENOENT: "VAULT_NOT_FOUND",
  EEXIST: "VAULT_TAKEN",
  ELOOP: "VAULT_UNSAFE",
};

/** The error for what the file system says; a `CulvertError` stays as it is. Paths are in it, secrets are not. */
export function vaultError(path: string, error: unknown): CulvertError {
  if (isCulvertError(error)) return error;
  const { code = "", message } = error as NodeJS.ErrnoException;
  const vaultCode = Object.hasOwn(codesBySystem, code) ? codesBySystem[code] : undefined;
  return new CulvertError(vaultCode ?? "VAULT_FAILED", `Cannot use vault ${path}: ${message}`, {
    cause: error,
  });
}

/** The error for a path that others could change or read. */
export function vaultUnsafe(path: string, why: string): CulvertError {
  return new CulvertError("VAULT_UNSAFE", `Cannot trust ${path}: ${why}`);
}

/** The error for a file that is not as it was written. */
export function vaultCorrupt(path: string, why: string): CulvertError {
  return new CulvertError("VAULT_CORRUPT", `Cannot read ${path}: ${why}`);
}

/** The error for a vault whose passphrase is not known. */
export function vaultLocked(path: string, why: string): CulvertError {
  return new CulvertError("VAULT_LOCKED", `Cannot open vault ${path}: ${why}`);
}
