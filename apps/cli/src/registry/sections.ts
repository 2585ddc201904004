import { type SectionKey, sectionKeys } from "../runtime/views.js";
import type { Resource, Section } from "./resource.js";

/** What a node has, as `node show` gives it. */
type Parts = Readonly<Record<SectionKey, readonly unknown[]>>;

/** One thing of a node, and how it is shown. */
interface Shown {
  readonly section: Section;
  readonly view: unknown;
}

/** The things of a node in the order of `node show`. What is of a kind that is not known here is left out. */
export function shownThings(parts: Parts, kinds: readonly Resource[]): readonly Shown[] {
  return sectionKeys.flatMap((key) => {
    const sections = kinds.map(({ section }) => section).filter((section) => section.key === key);
    return parts[key].flatMap((view) => {
      const section = sections.find((candidate) => candidate.owns?.(view) ?? true);
      return section === undefined ? [] : [{ section, view }];
    });
  });
}
