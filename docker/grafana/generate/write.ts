// Writes the dashboard anew:
//   npm run generate
import { writeFileSync } from 'node:fs';
import { inRepo } from '../../../test/support/repo-root.ts';
import { accessLogDashboard } from './access-log.ts';

const file = inRepo('docker', 'grafana', 'dashboards', 'access-log.json');
writeFileSync(file, `${JSON.stringify(accessLogDashboard, null, 2)}\n`);
