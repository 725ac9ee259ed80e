import { Checkbox, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { projects } from '../api/projects';

interface Props {
  /** The ids of the projects; `null` for all. */
  value: string[] | null;
  onChange: (value: string[] | null) => void;
}

/** Which projects an account opens: all of them, also those to come, or some. */
export function ProjectChoice({ value, onChange }: Props) {
  const { data = [] } = useQuery(projects);
  return (
    <Stack gap="xs" role="group" aria-label="Projects">
      <Checkbox
        label="All projects, also those to come"
        checked={value === null}
        onChange={(event) => {
          onChange(event.currentTarget.checked ? null : []);
        }}
      />
      {value !== null &&
        data.map((project) => (
          <Checkbox
            key={project.id}
            label={project.name}
            checked={value.includes(project.id)}
            onChange={(event) => {
              const others = value.filter((id) => id !== project.id);
              onChange(event.currentTarget.checked ? [...others, project.id] : others);
            }}
          />
        ))}
    </Stack>
  );
}
