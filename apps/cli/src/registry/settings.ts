import { type Option, optionName } from "./option.js";

/** What was said when a thing was made, by the names of the options, as one would type it; null where nothing was said. */
export type Settings = Readonly<Record<string, string | readonly string[] | null>>;

/** A thing as results show it, with its settings. */
export interface WithSettings {
  readonly settings?: Settings;
}

/**
 * The settings of a thing. A parameter that several options give stands under the first of them.
 *
 * @param spec what makes it again
 */
export function settingsOf(options: readonly Option[], spec: object): Settings {
  const values = spec as Readonly<Record<string, unknown>>;
  const settings = new Map<string, [string, Settings[string]]>();
  for (const option of options) {
    const { as, once, kind } = option;
    if (as === "" || once === true || settings.has(as)) continue;
    const value = values[as];
    settings.set(as, [
      optionName(option),
      value === undefined ? null : (kind.write?.(value) ?? textOf(value)),
    ]);
  }
  return Object.fromEntries(settings.values());
}

function textOf(value: unknown): string | readonly string[] {
  return Array.isArray(value) ? value.map(String) : String(value);
}

/** The settings that say more than nothing, in one line each, by name. Those that are as the command has them are left out. */
export function toldSettings(
  options: readonly Option[],
  { settings = {} }: WithSettings,
): readonly (readonly [string, string])[] {
  return options.flatMap((option) => {
    const name = optionName(option);
    const value = settings[name] ?? null;
    const text = typeof value === "string" ? value : (value ?? []).join(", ");
    return text === "" || text === option.default ? [] : [[name, text] as const];
  });
}
