import { percent } from '../shared/format';
import { DownIcon, UpIcon } from '../shared/icons';
import { change, type Share } from '../shared/share';
import classes from './ChangeMark.module.css';

interface Props {
  before: Share | null | undefined;
  now: Share | null | undefined;
  /** What stands there then. */
  otherwise?: string;
}

/** Says that a share rose or fell. Where chance alone may have moved it, nothing is said. */
export function ChangeMark({ before, now, otherwise }: Props) {
  const changed = change(before, now);
  if (changed === 'not sure' || !before || !now) return otherwise;
  const points = Math.abs(now.value - before.value) * 100;
  return (
    <span
      className={changed === 'up' ? classes.up : classes.down}
      title={`${percent(before.value)} before; the intervals lie apart`}
    >
      {changed === 'up' ? <UpIcon size={13} /> : <DownIcon size={13} />}
      {points.toFixed(1)} points {changed}
    </span>
  );
}
