import type { Command, Verbs } from "../framework/command.js";
import { formatBlock, isNone, listResult, noNodes, noneOf } from "../output/blocks.js";
import { deleteCommand } from "./delete-command.js";
import { chosenNames, nameArguments, nodeOptionsOf, placeOf } from "./lookup.js";
import { checkOptions, isArgument, optionDefinition, optionName, ownerOf, readParams } from "./option.js";
import { makingVerb, type Resource } from "./resource.js";
import { toldSettings, type WithSettings } from "./settings.js";
import { updateCommand } from "./update-command.js";

/** The commands about one kind of thing, by verb. */
export function resourceVerbs(resource: Resource): Verbs {
  const verbs = Object.entries(resource.verbs).map(([verb, { summary, description, examples }]) => {
    const words = {
      ...(description === undefined ? {} : { description }),
      examples: examples ?? examplesOf(resource, verb),
    };
    const command = { ...words, ...makers[verb as keyof Resource["verbs"]](resource) };
    return [verb, { summary, load: () => Promise.resolve({ command }) }] as const;
  });
  return Object.fromEntries(verbs);
}

/** Examples of what is said of every kind alike. */
function examplesOf({ noun, name }: Resource, verb: string): readonly string[] {
  if (verb === "list") return [`${noun} list`, `${noun} list --at n1 --output json`];
  const named = name === undefined ? "" : ` ${name.example}`;
  const isEnd = verb === "delete" || verb === "stop";
  return [`${noun} ${verb}${named} --at n1${isEnd ? " --yes" : ""}`];
}

/** The command that makes one. */
export function makingCommand(resource: Resource): Command {
  const { options } = resource;
  return {
    arguments: options.filter(isArgument).map(({ flags, description }) => ({ syntax: flags, description })),
    options: options.filter((option) => !isArgument(option)).map(optionDefinition),
    async run(context, input) {
      checkOptions(options, input, await context.addresses());
      const node = await context.node(input.text(ownerOf(options)));
      const params = await readParams(options, { context, input, node });
      const { terminal } = context;
      const patienceMs = resource.patienceMs?.(params);
      const call = context.control(node).call(`${resource.noun}.${makingVerb(resource)}`, params, {
        signal: context.signal,
        ...(patienceMs === undefined ? {} : { timeoutMs: patienceMs }),
      });
      const text = resource.waiting?.(params, node);
      const view = await (text === undefined ? call : terminal.spin(text, call));
      return { machine: resource.tell(terminal, { node, params, view }), json: view };
    },
  };
}

function listCommand(resource: Resource): Command {
  const { filter, columns } = resource;
  return {
    options: [...(filter === undefined ? [] : [filter.option]), ...nodeOptionsOf(resource)],
    async run(context, input) {
      const place = await placeOf(context, resource, input);
      const isGiven = filter !== undefined && input.flag(optionName(filter.option));
      const views = (await place?.client.list()) ?? [];
      return listResult(
        views.filter((view) => filter?.shows(view, isGiven) ?? true),
        place === undefined ? noNodes : isGiven ? filter.none(place.node) : place.none,
        { columns, block: (view) => resource.block(view) },
      );
    },
  };
}

function showCommand(resource: Resource): Command {
  return {
    arguments: nameArguments(resource),
    options: nodeOptionsOf(resource),
    async run(context, input) {
      const place = await placeOf(context, resource, input);
      if (place === undefined) return noneOf(noNodes);
      const [name] = await chosenNames(context, resource, { place, input });
      const detail = name === undefined ? [] : await place.client.show(name);
      if (isNone(detail)) return noneOf(place.none);
      const { title, fields } = (resource.detailBlock ?? resource.block).call(resource, detail);
      const shown = new Set([title, ...Object.values(fields)]);
      const more = toldSettings(resource.options, detail as WithSettings).filter(
        ([, text]) => !shown.has(text),
      );
      return {
        plain: formatBlock({ title, fields: { ...fields, ...Object.fromEntries(more) } }),
        json: detail,
      };
    },
  };
}

const makers = {
  create: makingCommand,
  start: makingCommand,
  list: listCommand,
  show: showCommand,
  update: updateCommand,
  delete: deleteCommand,
  stop: deleteCommand,
};
