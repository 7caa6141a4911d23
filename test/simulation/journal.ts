import { createHash } from "node:crypto";

/** What happened, line by line, in the order in which it did. */
export class Journal {
  readonly lines: string[] = [];

  note(atMs: number, who: string, what: string): void {
    this.lines.push(`${(atMs / 1000).toFixed(3).padStart(9)}  ${who.padEnd(14)} ${what}`);
  }

  get text(): string {
    return `${this.lines.join("\n")}\n`;
  }

  get digest(): string {
    return createHash("sha256").update(this.text).digest("hex");
  }
}
