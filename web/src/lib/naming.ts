/** What a run is called on the screen. */

/** `#4821`; nothing when the source gives its runs no numbers. */
export function runNumber(number: number | null | undefined): string {
  return number === null || number === undefined ? '' : `#${number}`;
}

/** `CI #4821`, or the workflow alone. */
export function runName(workflow: string, number: number | null | undefined): string {
  return `${workflow} ${runNumber(number)}`.trimEnd();
}
