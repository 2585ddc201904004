import type { Ranges } from "../settings.js";
import { type StreamSettings, streamDefaults, streamRanges } from "../streams/stream-settings.js";

/** The settings of connections over messages: those of connections over streams, without what only bytes need. */
export type MessageSettings = Omit<StreamSettings, "slabBytes">;

/** How connections over messages behave. All have defaults, those of connections over streams. */
export type MessageOptions = Partial<MessageSettings>;

const { slabBytes: _, ...defaults } = streamDefaults;

/** The defaults of {@link MessageOptions}. */
export const messageDefaults: MessageSettings = defaults;

/** What may be given for {@link MessageOptions}. */
export const messageRanges: Ranges<MessageSettings> = streamRanges;
