// Vaults in files, for Node.js.
export { type CreateFileVaultOptions, FileVault, type FileVaultOptions } from "./node/file-vault.js";
