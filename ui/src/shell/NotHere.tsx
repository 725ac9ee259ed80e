import { Link } from '@tanstack/react-router';
import { Card } from '../sign-in/Card';

export function NotHere() {
  return (
    <Card title="There is no such page">
      <p>The address may be mistyped, or the page may be gone.</p>
      <Link to="/">Go to the overview</Link>
    </Card>
  );
}
