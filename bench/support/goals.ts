import { table } from './markdown.ts';

/** A number to reach, and what was reached. */
export interface Goal {
  readonly what: string;
  readonly goal: string;
  readonly reached: string;
  readonly isReached: boolean;
}

/** As Markdown; nothing where there is none. */
export function reportGoals(goals: readonly Goal[]): string[] {
  if (goals.length === 0) return [];
  const rows = goals.map(({ what, goal, reached, isReached }) => [
    what,
    goal,
    reached,
    isReached ? 'yes' : '**no**',
  ]);
  return ['Goals:', '', table(['', 'goal', 'measured', 'reached'], rows), ''];
}
