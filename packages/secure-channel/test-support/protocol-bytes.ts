import { nodeCrypto } from "../src/crypto/node-crypto.js";
import { Session } from "../src/record/session.js";
import { ascii, joinBytes } from "../src/wire/bytes.js";
import { channelNameOf, noChannel } from "../src/wire/channel-name.js";
import { writeAccepted, writeEnd } from "../src/wire/control.js";
import { writeAnswer, writeFinish } from "../src/wire/handshake-payload.js";
import { innerType, writeInner } from "../src/wire/inner.js";
import { outerType, prologueOf, readStep, writeHello, writeStep } from "../src/wire/outer.js";
import { noiseEnds } from "./noise-ends.js";

const crypto = nodeCrypto;
const cipher = "ChaChaPoly";
const diallerId = ascii("12345678");
const listenerId = ascii("abcdefgh");

/** What PROTOCOL.md shows of a channel, by the names there. The keys are those of the Noise vectors. */
export async function protocolBytes(): Promise<ReadonlyMap<string, Uint8Array>> {
  const { initiator, responder } = await noiseEnds(crypto, cipher, prologueOf(cipher, diallerId));
  const noise1 = await initiator.write1(new Uint8Array(0));
  await responder.read1(noise1);
  const hello = writeHello({ cipher, diallerId, noise: noise1 });
  const answerPayload = writeAnswer({ listenerId, proof: ascii("listener proof") });
  const answer = writeStep(outerType.answer, diallerId, await responder.write2(answerPayload));
  await initiator.read2(readStep(answer));
  const finishPayload = writeFinish({
    channelName: noChannel,
    proof: ascii("dialler proof"),
    credentials: [ascii("credential")],
  });
  const finish = writeStep(outerType.finish, listenerId, await initiator.write3(finishPayload));
  await responder.read3(readStep(finish));
  const handshake = responder.result();
  const dialler = new Session({
    ...{ crypto, cipher, handshake },
    ...{ role: "dialler", localId: diallerId, remoteId: listenerId },
  });
  const listener = new Session({
    ...{ crypto, cipher, handshake },
    ...{ role: "listener", localId: listenerId, remoteId: diallerId },
  });
  const accepted = writeAccepted({
    isRenewed: false,
    validForMs: 60_000,
    credentials: [ascii("credential")],
  });
  const message = writeInner({
    onwardRoute: ["echo"],
    returnRoute: ["w"],
    hopCount: 1,
    fields: { trace: Uint8Array.of(10, 11) },
  });
  const refusal = writeInner({
    onwardRoute: ["w"],
    returnRoute: [],
    hopCount: 0,
    refusal: { code: "WORKER_NOT_FOUND", hop: "echo", reason: "gone" },
  });
  const seal = async (session: Session, ...parts: Uint8Array[]): Promise<Uint8Array> =>
    joinBytes(await session.sealer.seal(parts).parts);
  return new Map([
    ["hello", hello],
    ["answer payload", answerPayload],
    ["answer", answer],
    ["finish payload", finishPayload],
    ["finish", finish],
    ["channel secret", dialler.secret],
    ["channel name", channelNameOf(crypto, dialler.secret)],
    ["accepted", accepted],
    ["accepted record", await seal(listener, accepted)],
    ["message", joinBytes([message, ascii("hi")])],
    ["message record", await seal(dialler, message, ascii("hi"))],
    ["refusal", refusal],
    ["close", writeEnd(innerType.close, { code: "CHANNEL_EXPIRED", reason: "gone" })],
    ["unknown", writeStep(outerType.unknown, listenerId, new Uint8Array(0))],
  ]);
}
