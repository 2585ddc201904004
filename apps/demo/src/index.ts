#!/usr/bin/env node
import { Narrator } from "./narrator.js";
import { tellStory } from "./story.js";

const narrator = new Narrator((text) => process.stdout.write(text));
await tellStory(narrator);
narrator.say(
  narrator.failures === 0
    ? `\nAll ${narrator.steps} steps held.`
    : `\n${narrator.failures} of ${narrator.steps} steps did not hold.`,
);
process.exitCode = narrator.failures === 0 ? 0 : 1;
