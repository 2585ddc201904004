import { type SectionKey, sectionKeys } from "../runtime/views.js";
import type { Resource, Section } from "./resource.js";

/** What a node has, as `node show` gives it. */
type Parts = Readonly<Record<SectionKey, readonly unknown[]>>;

/** One thing of a node, and how it is shown. */
interface Shown {
  readonly kind: Resource;
  readonly section: Section;
  readonly view: unknown;
}

/** The things of a node in the order of `node show`. What is of a kind that is not known here is left out. */
export function shownThings(parts: Parts, kinds: readonly Resource[]): readonly Shown[] {
  return sectionKeys.flatMap((key) => {
    const own = kinds.filter(({ section }) => section.key === key);
    return parts[key].flatMap((view) => {
      const kind = own.find(
        ({ noun, section }) =>
          kindOf(view) === noun || (kindOf(view) === undefined && (section.owns?.(view) ?? true)),
      );
      return kind === undefined ? [] : [{ kind, section: kind.section, view }];
    });
  });
}

/** What a stopped node has says of what kind it is. */
function kindOf(view: unknown): unknown {
  return typeof view === "object" && view !== null && "kind" in view ? view.kind : undefined;
}
