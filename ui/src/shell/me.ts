import { createContext, useContext } from 'react';
import type { Me } from '../api/session';

export const MeContext = createContext<Me | null>(null);

/** Who is signed in. Only for what the shell shows. */
export function useMe(): Me {
  const me = useContext(MeContext);
  if (me === null) throw new Error('nobody is signed in here');
  return me;
}
