import { noPassphrases, type Passphrases, passphrasesFrom } from "../identities/passphrases.js";

/** What a background process asks the command that starts it: the passphrase of a vault, or of new vaults where none is named. */
export interface PassphraseQuestion {
  readonly id: number;
  readonly ask: "passphrase";
  readonly vault: string | null;
}

/** What the command answers; null when there is none to be had. */
export interface PassphraseAnswer {
  readonly id: number;
  readonly passphrase: string | null;
}

/** Passphrases of the vaults that a background process uses. */
export interface AskedPassphrases extends Passphrases {
  /** Asks the command no more: from now on only the file counts. */
  stopAsking(): void;
}

/**
 * Passphrases for a background process: from the file, else from the command, which may have them from a terminal or a descriptor.
 *
 * @param file see `readPassphraseFile`. A descriptor, or standard input, is one of the command, not of this process
 */
export function askedPassphrases(file: string | undefined): AskedPassphrases {
  const isOwn = file !== undefined && file !== "-" && !file.startsWith("/dev/fd/");
  const own = isOwn ? passphrasesFrom(file) : noPassphrases;
  let isAsking = true;
  let lastId = 0;
  const ask = async (vault: string | null): Promise<string | undefined> => {
    if (!isAsking || !process.connected) return undefined;
    lastId++;
    return answerTo({ id: lastId, ask: "passphrase", vault });
  };
  return {
    of: async (vault) => (await own.of(vault)) ?? ask(vault),
    forNew: async () => (await own.forNew()) ?? ask(null),
    stopAsking() {
      isAsking = false;
    },
  };
}

/** Waits for the command, which somebody may be typing into, as long as it is there. */
function answerTo(question: PassphraseQuestion): Promise<string | undefined> {
  return new Promise((resolve) => {
    const settle = (passphrase?: string): void => {
      process.off("message", onMessage).off("disconnect", onDisconnect);
      resolve(passphrase);
    };
    const onDisconnect = (): void => settle();
    const onMessage = ({ id, passphrase }: PassphraseAnswer): void => {
      if (id === question.id) settle(passphrase ?? undefined);
    };
    process.on("message", onMessage).on("disconnect", onDisconnect);
    process.send?.(question, undefined, undefined, (error) => {
      if (error !== null) settle();
    });
  });
}
