/** The types of resources that policies can be about. */
export const resourceTypes = ["tcp-outlet", "tcp-inlet", "relay", "service"] as const;

/** One of {@link resourceTypes}. */
export type ResourceType = (typeof resourceTypes)[number];

/** Says whether a word is the name of a type. */
export function isResourceType(text: string): text is ResourceType {
  return (resourceTypes as readonly string[]).includes(text);
}
