import { Button, Modal, Table, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, told } from '../api/client';
import { projects } from '../api/projects';
import { may } from '../api/session';
import { dayOf } from '../shared/format';
import { Panel } from '../shared/Panel';
import { Empty, Failed, Loading, Refused } from '../shared/States';
import { useMe } from '../shell/me';
import classes from './Forms.module.css';

export function Projects() {
  const me = useMe();
  const { data, error, refetch } = useQuery(projects);
  const [making, setMaking] = useState(false);
  return (
    <Panel
      title="Projects"
      aside={
        may(me, 'administer') &&
        me.account.projects === null && (
          <Button
            size="xs"
            onClick={() => {
              setMaking(true);
            }}
          >
            New project
          </Button>
        )
      }
    >
      {error && <Failed error={error} again={refetch} />}
      {!data && !error && <Loading label="Reading the projects" />}
      {data?.length === 0 && <Empty>There is no project that you may see.</Empty>}
      {data && data.length > 0 && (
        <div className={classes.scroll}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">Name</Table.Th>
                <Table.Th scope="col">Number</Table.Th>
                <Table.Th scope="col">Feedback</Table.Th>
                <Table.Th scope="col">Made</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {data.map((project) => (
                <Table.Tr key={project.id}>
                  <Table.Th scope="row">
                    <Link to="/settings/projects/$id" params={{ id: project.id }} className={classes.link}>
                      {project.name}
                    </Link>
                    {project.description && <p className={classes.note}>{project.description}</p>}
                  </Table.Th>
                  <Table.Td>{project.number}</Table.Td>
                  <Table.Td>{project.enabled ? 'Taken' : 'Refused'}</Table.Td>
                  <Table.Td>{dayOf(project.created_at)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      <NewProject
        opened={making}
        onClose={() => {
          setMaking(false);
        }}
      />
    </Panel>
  );
}

function NewProject({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const make = useMutation({
    mutationFn: () => told(api.POST('/projects', { body: { name } })),
    onSuccess: async (project) => {
      await queries.invalidateQueries({ queryKey: projects.queryKey });
      void navigate({ to: '/settings/projects/$id', params: { id: project.id } });
    },
  });
  return (
    <Modal opened={opened} onClose={onClose} title="New project" transitionProps={{ duration: 0 }}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate();
        }}
      >
        <TextInput
          label="Name"
          description="One application whose messages are judged."
          required
          withAsterisk={false}
          maxLength={255}
          data-autofocus
          value={name}
          onChange={(event) => {
            setName(event.currentTarget.value);
          }}
        />
        <Refused error={make.error} />
        <Button type="submit" loading={make.isPending}>
          Make the project
        </Button>
      </form>
    </Modal>
  );
}
