import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { projects } from '../api/projects';
import classes from './ProjectSwitcher.module.css';

/** Which project the overview and the inbox tell of. */
export function ProjectSwitcher() {
  const { data = [] } = useQuery(projects);
  const { project } = useSearch({ from: '/shell' });
  const navigate = useNavigate();
  const known = data.some((each) => each.name === project);
  const named = data.map((each) => ({ value: each.name, label: each.name }));
  const unknown = project !== undefined && !known ? [{ value: project, label: project }] : [];
  return (
    <NativeSelect
      aria-label="Project"
      className={classes.switcher}
      size="sm"
      value={project ?? ''}
      data={[{ value: '', label: 'All projects' }, ...unknown, ...named]}
      onChange={(event) => {
        const chosen = event.currentTarget.value;
        void navigate({
          to: '.',
          // What was open may be another project's.
          search: (now) => ({
            ...now,
            project: chosen === '' ? undefined : chosen,
            open: undefined,
          }),
        });
      }}
    />
  );
}
