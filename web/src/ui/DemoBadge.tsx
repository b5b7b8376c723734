/** The word that stands wherever numbers are made up. */

/** In capitals, as on the wall. */
export function DemoBadge() {
  return (
    <span className="rounded-small border border-run bg-run-tint px-1.5 text-micro leading-[18px] font-semibold tracking-wide text-run-tint-on">
      DEMO
    </span>
  );
}
