import { connect } from "node:net";

/** Longest wait for what a service says, in milliseconds. 400: those on this machine answer within a few. */
const answerTimeoutMs = 400;

/** Most bytes of an answer that are looked at. */
const maxAnswerBytes = 512;

/** A service that somebody should think about before it is shared. */
interface KnownService {
  /** What is sent to it; nothing where it speaks first. */
  readonly question: Uint8Array;
  /** Says whether it is this service, by what it said, one character for each byte. */
  readonly isIt: (heard: string) => boolean;
  /** What whoever has the ticket can do. */
  readonly means: string;
}

/** See RFC 4253, section 4.2. */
const ssh: KnownService = {
  question: Buffer.alloc(0),
  isIt: (heard) => /^SSH-\d/.test(heard),
  means: "it answers as ssh: whoever has the ticket reaches its login",
};

const mysql: KnownService = {
  question: Buffer.alloc(0),
  // Its first packet has the number 0 and says version 10 of the protocol.
  isIt: (heard) => heard.slice(3, 5) === "\0\n" && /(?:native|sha2)_password/.test(heard),
  means: "it answers as MySQL: whoever has the ticket reaches its login",
};

const redis: KnownService = {
  question: Buffer.from("PING\r\n"),
  isIt: (heard) => heard.startsWith("+PONG\r\n"),
  means: "it answers as Redis without a password: whoever has the ticket can read and change all of it",
};

const memcached: KnownService = {
  question: Buffer.from("version\r\n"),
  isIt: (heard) => heard.startsWith("VERSION "),
  means: "it answers as memcached: whoever has the ticket can read and change all of it",
};

/** A start-up message of PostgreSQL as user `postgres`; `R` and eight zero bytes let it in. */
const postgres: KnownService = {
  question: postgresHello(),
  isIt: (heard) => heard.startsWith("R\0\0\0\b\0\0\0\0"),
  means: "it answers as PostgreSQL without a password: whoever has the ticket can read and change all of it",
};

function postgresHello(): Buffer {
  const parameters = Buffer.from("\0\x03\0\0user\0postgres\0database\0postgres\0\0", "latin1");
  const length = Buffer.alloc(4);
  length.writeUInt32BE(4 + parameters.length);
  return Buffer.concat([length, parameters]);
}

/**
 * Finds out whether a port answers as something that is not to be shared without a thought.
 *
 * @returns what that would mean; nothing for all others, also when nothing listens
 */
export async function warningAbout(host: string, port: number): Promise<string | undefined> {
  const known = [ssh, mysql, redis, memcached, postgres];
  const found = await Promise.all(
    known.map(async (service) => ((await answers({ host, port }, service)) ? service.means : undefined)),
  );
  return found.find((means) => means !== undefined);
}

function answers(
  place: { readonly host: string; readonly port: number },
  { question, isIt }: KnownService,
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(place);
    let heard = "";
    const end = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(isIt(heard));
    };
    const timer = setTimeout(end, answerTimeoutMs);
    socket.on("connect", () => {
      if (question.length > 0) socket.write(question);
    });
    socket.on("data", (bytes) => {
      heard += bytes.toString("latin1");
      if (isIt(heard) || heard.length > maxAnswerBytes) end();
    });
    socket.on("error", end).on("close", end);
  });
}
