/** Lines in an address: `#L120` and `#L120-L140`. */

export interface LineRange {
  from: number;
  to: number;
}

/** The lines that a hash names, or null. */
export function readHash(hash: string): LineRange | null {
  const found = /^#?L(\d{1,9})(?:-L?(\d{1,9}))?$/.exec(hash);
  if (found === null) return null;
  const from = Math.max(1, Number(found[1]));
  const to = found[2] === undefined ? from : Number(found[2]);
  return { from: Math.min(from, to), to: Math.max(from, to) };
}

/** How lines are written in an address. */
export function writeHash({ from, to }: LineRange): string {
  return from === to ? `L${from}` : `L${from}-L${to}`;
}
