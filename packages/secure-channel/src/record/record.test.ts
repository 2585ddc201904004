import { array, assert, nat, property } from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { nodeCrypto } from "../crypto/node-crypto.js";
import { webCrypto } from "../crypto/web-crypto.js";
import { recordHeadBytes, recordsPerEpoch, replayWindow } from "../limits.js";
import { noiseNonce } from "../noise/nonce.js";
import { joinBytes } from "../wire/bytes.js";
import { epochKey } from "./epoch-keys.js";
import { RecordOpener } from "./record-opener.js";
import { counterOf, epochOf, epochOfCounter, RecordSealer, recordHead } from "./record-sealer.js";
import { ReplayWindow } from "./replay-window.js";

const secret = { crypto: nodeCrypto, cipher: "AESGCM", secret: new Uint8Array(64).fill(1) } as const;
const id = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const bytes = (text: string) => new TextEncoder().encode(text);

async function seal(sealer: RecordSealer, text: string): Promise<Uint8Array> {
  return joinBytes(await sealer.seal([bytes(text)]).parts);
}

async function open(opener: RecordOpener, record: Uint8Array): Promise<string | undefined> {
  const opened = await opener.open(record);
  return opened && new TextDecoder().decode(opened.content);
}

describe("ReplayWindow", () => {
  it("knows of each counter within the window whether it came, in any order", () => {
    const counters = array(nat(3 * replayWindow), { maxLength: 300 });
    void assert(
      property(counters, (list) => {
        const window = new ReplayWindow();
        const seen = new Set<number>();
        let newest = -1;
        for (const counter of list) {
          const isNew = window.mayBeNew(counter);
          expect(isNew).toBe(counter > newest - replayWindow && !seen.has(counter));
          if (!isNew) continue;
          window.note(counter);
          seen.add(counter);
          newest = Math.max(newest, counter);
          expect(window.newest).toBe(newest);
        }
      }),
    );
  });

  it("forgets what is left behind by a long jump", () => {
    const window = new ReplayWindow();
    for (let counter = 0; counter < replayWindow; counter++) window.note(counter);
    const far = 2 ** 40;
    window.note(far);
    for (let counter = far - replayWindow + 1; counter < far; counter++) {
      expect(window.mayBeNew(counter)).toBe(true);
    }
    expect(window.mayBeNew(far - replayWindow)).toBe(false);
    expect(window.mayBeNew(5)).toBe(false);
  });
});

describe.each([
  ["Node", nodeCrypto],
  ["web", webCrypto],
])("records with the cryptography of %s", (_name, crypto) => {
  it.each(["AESGCM", "ChaChaPoly"] as const)("open once each, in any order, with %s", async (cipher) => {
    const settings = { crypto, cipher, secret: secret.secret };
    const sealer = new RecordSealer(settings, "to listener", id);
    const opener = new RecordOpener(settings, "to listener");
    const records: Uint8Array[] = [];
    for (let index = 0; index < 50; index++) records.push(await seal(sealer, `record ${index}`));
    for (const index of [49, 3, 17, 0, 48]) {
      expect(await open(opener, records[index] as Uint8Array)).toBe(`record ${index}`);
      expect(await open(opener, records[index] as Uint8Array)).toBeUndefined();
    }
  });
});

describe("RecordOpener", () => {
  it("opens nothing of the other direction, another secret or another session", async () => {
    const record = await seal(new RecordSealer(secret, "to listener", id), "mine");
    expect(await open(new RecordOpener(secret, "to dialler"), record)).toBeUndefined();
    const other = { ...secret, secret: new Uint8Array(64).fill(2) };
    expect(await open(new RecordOpener(other, "to listener"), record)).toBeUndefined();
    expect(await open(new RecordOpener(secret, "to listener"), record.with(4, 9))).toBeUndefined();
    expect(await open(new RecordOpener(secret, "to listener"), record)).toBe("mine");
  });

  it("changes nothing for what is forged: no bit of any record, and no counter or epoch ahead", async () => {
    const sealer = new RecordSealer(secret, "to listener", id);
    const opener = new RecordOpener(secret, "to listener");
    const record = await seal(sealer, "first");
    for (let bit = 0; bit < record.length * 8; bit++) {
      const at = bit >> 3;
      const forged = record.with(at, (record[at] ?? 0) ^ (1 << (bit & 7)));
      expect(await open(opener, forged)).toBeUndefined();
    }
    for (let length = 0; length < record.length; length++) {
      expect(await open(opener, record.subarray(0, length))).toBeUndefined();
    }
    expect(await open(opener, record)).toBe("first");
  });

  it("derives the key of any epoch at the same cost, however many were lost", async () => {
    const hmac = vi.fn(nodeCrypto.hmacSha256);
    const settings = { ...secret, crypto: { ...nodeCrypto, hmacSha256: hmac } };
    const opener = new RecordOpener(settings, "to listener");
    const before = await seal(new RecordSealer(secret, "to listener", id), "before");
    const head = recordHead(id, 4_000_000_000, 1);
    const key = epochKey(secret, "to listener", 4_000_000_000);
    const sealed = await key.seal(noiseNonce("AESGCM", 1), head, [bytes("epoch 4,000,000,000")]);
    const late = joinBytes([head, ...sealed]);
    expect([epochOf(late), counterOf(late)]).toEqual([4_000_000_000, 1]);
    expect(await open(opener, late)).toBe("epoch 4,000,000,000");
    expect(hmac).toHaveBeenCalledTimes(1);
    expect(await open(opener, before)).toBe("before");
    expect(hmac).toHaveBeenCalledTimes(2);
  });
});

describe("RecordSealer", () => {
  it("begins a new epoch after 2^20 records", () => {
    expect([0, recordsPerEpoch - 1, recordsPerEpoch, 2 ** 45].map(epochOfCounter)).toEqual([
      0,
      0,
      1,
      2 ** 25,
    ]);
  });

  it("says counter and session in the head, in the order of the calls", async () => {
    const sealer = new RecordSealer({ ...secret, crypto: webCrypto }, "to dialler", id);
    const records = await Promise.all([seal(sealer, "a"), seal(sealer, "b")]);
    expect(records.map(counterOf)).toEqual([0, 1]);
    expect(records[1]?.subarray(0, recordHeadBytes)).toEqual(
      Uint8Array.of(4, ...id, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
    );
    expect(counterOf(new Uint8Array(20))).toBeUndefined();
  });
});
