/** Which zone and hours the page speaks in. */

import { createContext, useContext } from 'react';
import type { Hours } from '~/lib/time';

export interface Zone {
  zone: string;
  hours: Hours;
}

export const ZoneContext = createContext<Zone>({ zone: 'UTC', hours: 24 });

/** The zone in force: of the link, else the one chosen here. */
export function useZone(): Zone {
  return useContext(ZoneContext);
}
