import type { HomeVaults, NamedVault } from "../../identities/home-vaults.js";
import type { Block } from "../../output/blocks.js";
import type { NamedThings } from "../shared/named-things.js";

/** A vault as JSON. */
export interface VaultView {
  readonly vault: {
    readonly name: string;
    readonly type: "file";
    /** Its folder. */
    readonly path: string;
    readonly is_default: boolean;
    /** Whether it has a passphrase; null when it cannot be looked at. */
    readonly is_sealed: boolean | null;
    readonly use_aws_kms: "No";
  };
  readonly name: string;
  readonly use_aws_kms: "No";
}

export async function vaultView(vaults: HomeVaults, vault: NamedVault): Promise<VaultView> {
  const { name, path, isDefault } = vault;
  const isSealed = await vaults.openLocked(name).then(
    (opened) => opened.isSealed,
    () => null,
  );
  const kms = { use_aws_kms: "No" } as const;
  return {
    vault: { name, type: "file", path, is_default: isDefault, is_sealed: isSealed, ...kms },
    name,
    ...kms,
  };
}

export function vaultBlock({ vault }: VaultView): Block {
  const { name, path, is_default, is_sealed } = vault;
  const protection = is_sealed ? "its files, and a passphrase" : "its files";
  return {
    title: is_default ? `Vault ${name} (default)` : `Vault ${name}`,
    fields: {
      Type: "file",
      Path: path,
      "Protected by": is_sealed === null ? "cannot be looked at" : protection,
    },
  };
}

/** Vaults, as commands pick and delete them. */
export function namedVaults(vaults: HomeVaults): NamedThings {
  return {
    what: "vault",
    many: "vaults",
    list: () => vaults.list(),
    find: (name) => vaults.find(name),
    delete: (names) => vaults.delete(names),
  };
}
