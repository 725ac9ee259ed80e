import { Button, Modal } from '@mantine/core';
import { useState } from 'react';
import type { Account } from '../api/settings';
import classes from './Forms.module.css';
import { ProjectChoice } from './ProjectChoice';

interface Props {
  account: Account;
  onSave: (projects: string[] | null) => void;
  onClose: () => void;
}

export function EditAccess({ account, onSave, onClose }: Props) {
  const [allowed, setAllowed] = useState(account.projects);
  return (
    <Modal opened onClose={onClose} title={`What ${account.name} opens`} transitionProps={{ duration: 0 }}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          onSave(allowed);
        }}
      >
        <ProjectChoice value={allowed} onChange={setAllowed} />
        <Button type="submit">Save</Button>
      </form>
    </Modal>
  );
}
