import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Culvert, culvert } from "../test-support/culvert.js";
import { allCommands, wordsOf } from "../test-support/typed-commands.js";

const timeout = 60_000;

/** Commands that change nothing, beside all lists. */
const looking = [
  "node default",
  "node show",
  "node logs",
  "status",
  "doctor",
  "environment",
  "version",
  "completion",
];

/** Examples that go on until they are interrupted. */
const isLasting = (example: string): boolean => / --(?:watch|follow)$/.test(example);

const examples = (await allCommands())
  .filter(({ words }) => words.endsWith(" list") || looking.includes(words))
  .flatMap(({ command }) => command.examples ?? [])
  .filter((example) => !isLasting(example));

describe("the examples of commands that look", { timeout }, () => {
  let cli: Culvert;

  beforeAll(async () => {
    cli = await culvert();
    await cli.ok("node create n1");
    await cli.ok("authority create");
  }, timeout);

  afterAll(() => cli[Symbol.asyncDispose](), timeout);

  it.each(examples)("culvert %s", async (example) => {
    expect(await cli.run(wordsOf(example))).toMatchObject({ code: 0 });
  });
});
