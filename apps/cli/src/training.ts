/** Whether an import failed because @weightfold/optimizer, which a machine that only measures does without, is not installed. */
export function lacksOptimizer(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ERR_MODULE_NOT_FOUND' && message.startsWith("Cannot find package '@weightfold/optimizer'");
}

export const installOptimizer = 'npm install @weightfold/optimizer';
