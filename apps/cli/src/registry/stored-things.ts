import type { NodeSpec } from "../runtime/node-spec.js";
import { type SectionKey, sectionKeys } from "../runtime/views.js";
import type { Resource } from "./resource.js";
import { settingsOf } from "./settings.js";

/** What a node has while it is stopped, by part: as far as it is known without making it. */
export type StoredParts = Readonly<Record<SectionKey, readonly object[]>>;

/** What stands in the state of a stopped node. What is of a kind that is not known is left out. */
export function storedParts(spec: NodeSpec, kinds: readonly Resource[], node: string): StoredParts {
  const parts = sectionKeys.map((key) => {
    const own = kinds.filter(({ section }) => section.key === key);
    return [key, own.flatMap((kind) => storedThings(kind, spec.resources[kind.noun] ?? [], node))] as const;
  });
  return Object.fromEntries(parts) as unknown as StoredParts;
}

function storedThings(kind: Resource, specs: readonly object[], node: string): readonly object[] {
  return specs.map((spec) => ({
    kind: kind.noun,
    ...kind.stored?.(spec, node),
    settings: settingsOf(kind.options, spec),
  }));
}
