// The build puts the version of package.json here; sources that run unbuilt have none.
declare const CULVERT_VERSION: string | undefined;

/** The version of the command: `1.2.3`. */
export const version: string = typeof CULVERT_VERSION === "string" ? CULVERT_VERSION : "0.0.0";
