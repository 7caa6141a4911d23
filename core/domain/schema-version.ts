/** Number of the newest migration this code was written for; a test compares it with the folder. */
export const SCHEMA_VERSION = 14;
