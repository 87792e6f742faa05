// @ts-check
import { SetupFailure } from './command.mjs';

const MAJOR = 20;
const MINOR = 19;

/**
 * @param {string} version such as `20.19.4`
 */
export function requireNode(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > MAJOR || (major === MAJOR && minor >= MINOR)) return;
  throw new SetupFailure(
    [
      `Node.js ${MAJOR}.${MINOR} or newer is needed; this is ${version}. See https://nodejs.org/`,
      `       需要 Node.js ${MAJOR}.${MINOR} 或更高版本,当前为 ${version},见 https://nodejs.org/`,
    ].join('\n'),
  );
}
