import { CliError } from "../cli-error.js";
import type { Command } from "../framework/command.js";
import { noNodes, noneOf } from "../output/blocks.js";
import { chosenNames, nameArguments, nodeOptionsOf, placeOf } from "./lookup.js";
import {
  checkOptions,
  isArgument,
  type Option,
  optionDefinition,
  parameterOf,
  readParams,
} from "./option.js";
import type { Resource } from "./resource.js";

/** The command that changes one. What is not given stays as it is. */
export function updateCommand(resource: Resource): Command {
  const options = changingOptions(resource);
  return {
    arguments: nameArguments(resource),
    options: [...options.map(optionDefinition), ...nodeOptionsOf(resource)],
    async run(context, input) {
      const place = await placeOf(context, resource, input);
      if (place === undefined) return noneOf(noNodes);
      const { node, client } = place;
      checkOptions(options, input, await context.addresses());
      const set = await readParams(options, { context, input, node });
      const kept = options.filter(({ once }) => once !== true);
      if (!kept.some(({ as }) => set[as] !== undefined)) throw nothingGiven(resource, kept);
      const [name] = await chosenNames(context, resource, { place, input });
      if (name === undefined) return noneOf(place.none);
      const changed = await client.update(name, { set, unset: [] }, resource.patienceMs?.(set));
      const { terminal } = context;
      if (changed.changed.length === 0) terminal.note(`It is so already`);
      else if (changed.isAnew) terminal.note(`It was made anew: what it carried was reset`);
      const { view } = changed;
      return { machine: resource.tell(terminal, { node, params: set, view }), json: view };
    },
  };
}

/** The options of making one, without its name, its node, and what stands in the place of what is not given. */
function changingOptions({ options, unique = "" }: Resource): readonly Option[] {
  const own = parameterOf(options, unique);
  return options
    .filter((option) => option.isOwner !== true && option.as !== own && !isArgument(option))
    .map(({ default: usual, required, kind, ...option }) => {
      const { absent, ...rest } = kind;
      const isWait = option.once === true && absent !== undefined;
      return { ...option, ...saidOf(option), always: false, kind: isWait ? { ...rest, absent } : rest };
    });
}

/** What is left out stays as it is, whatever it is when one is made. */
function saidOf({
  as,
  once,
  description,
}: Pick<Option, "as" | "once" | "description">): Pick<Option, "description"> {
  if (as === "" || once === true) return { description };
  const said = description.replace(/; [^;]*when left out| \(default:[^)]*\)/g, "");
  return { description: `${said}; as it is when left out` };
}

function nothingGiven({ what }: Resource, options: readonly Option[]): CliError {
  const flags = options.filter(({ as }) => as !== "").map(({ flags }) => flags.split(" ").at(-2) ?? flags);
  return new CliError("USAGE_INVALID", `Cannot update ${what}: nothing to change is given`, {
    hint: `Give one of ${flags.join(", ")}`,
  });
}
