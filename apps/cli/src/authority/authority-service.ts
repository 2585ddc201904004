import {
  type AccessRule,
  CulvertError,
  isCulvertError,
  type Message,
  type WorkerHandle,
  type WorkerHost,
} from "@x/core";
import { type Identifier, issueCredential, type OwnIdentity, peerIdentity } from "@x/identity";
import { type AuthorityAnswer, readAuthorityRequest } from "./authority-message.js";
import type { Members } from "./members.js";

/** The address of the worker that members ask. */
export const authorityAddress = "authority";

export interface AuthorityServiceOptions {
  readonly members: Members;
  /** The authority, with its newest key. */
  readonly identity: () => Promise<OwnIdentity>;
  /** How long its credentials are good, in milliseconds. */
  readonly credentialMs: number;
  /** Who may ask, beyond that it must be known who asks. Default: everybody. */
  readonly access?: AccessRule;
  /** Told of each answer: who asked, and what for. */
  readonly onIssued: (identifier: Identifier, how: "enroll" | "renew") => void;
  /** Told of each refusal. */
  readonly onRefused: (error: CulvertError, identifier: Identifier) => void;
}

/** Answers members, and those who come with tickets. Only what comes out of a secure channel gets there: others have no identity. */
export function startAuthority(host: WorkerHost, options: AuthorityServiceOptions): WorkerHandle {
  const { access = () => true } = options;
  return host.startWorker((message) => answer(message, options), {
    address: authorityAddress,
    exposure: "network",
    access: (origin, message) => origin.fact(peerIdentity) !== undefined && access(origin, message),
    type: "authority",
  });
}

async function answer(message: Message, options: AuthorityServiceOptions): Promise<void> {
  const identifier = message.origin.fact(peerIdentity);
  if (identifier === undefined || !message.canReply) return;
  try {
    const content = await credentialFor(message, identifier, options);
    await message.reply(JSON.stringify(content));
  } catch (error) {
    // What is wrong with this machine is told to nobody else.
    const told = isCulvertError(error) && tellable.has(error.code) ? error : failed(error);
    options.onRefused(told, identifier);
    await message.replyError(told.code, told.message);
  }
}

const tellable: ReadonlySet<string> = new Set([
  "MESSAGE_INVALID",
  "TICKET_REFUSED",
  "MEMBER_UNKNOWN",
  "MEMBER_LIMIT_EXCEEDED",
  "CREDENTIAL_INVALID",
]);

function failed(cause: unknown): CulvertError {
  return new CulvertError("INTERNAL", "Cannot issue a credential: the authority failed", { cause });
}

async function credentialFor(
  message: Message,
  identifier: Identifier,
  { members, identity, credentialMs, onIssued }: AuthorityServiceOptions,
): Promise<AuthorityAnswer> {
  const request = readAuthorityRequest(message.payload);
  const { isFirst } =
    request.type === "enroll" ? await members.enroll(request.secret, identifier) : { isFirst: false };
  const attributes = members.attributesOf(identifier);
  if (attributes === undefined) {
    throw new CulvertError("MEMBER_UNKNOWN", `Cannot issue a credential: ${identifier} is no member`);
  }
  const issued = { attributes, lifetimeMs: credentialMs };
  const credential = await issueCredential(await identity(), identifier, issued);
  onIssued(identifier, request.type);
  return { version: 1, credential: Buffer.from(credential).toString("hex"), isFirst };
}
