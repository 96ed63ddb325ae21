// SPDX-License-Identifier: MIT
/**
 * What goes wrong on the command line, said in one line: `pinna: cause; mend`.
 */

/** An error that the user can mend; anything else that is thrown is a defect of pinna. */
export class CliError extends Error {
  /**
   * @param {string} cause what is wrong, with the name and value of what is wrong
   * @param {string} [mend] what to do about it
   */
  constructor(cause, mend) {
    super(mend === undefined || mend === '' ? cause : `${cause}; ${mend}`);
    this.name = 'CliError';
  }
}

/**
 * @param {unknown} error from a file system call
 * @param {string} path as the user wrote it
 * @param {string} purpose "read" or "write"
 * @returns {CliError}
 */
export function fileError(error, path, purpose) {
  const code = /** @type {NodeJS.ErrnoException} */ (error)?.code;
  switch (code) {
    case 'ENOENT':
      return purpose === 'read' ?
        new CliError(`${path}: no such file`, 'check the path') :
        new CliError(`${path}: its folder does not exist`, 'make the folder first');
    case 'EISDIR':
      return new CliError(`${path}: is a folder, not a file`, 'name a file');
    case 'ENOTDIR':
      return new CliError(`${path}: a part of the path is a file, not a folder`, 'check the path');
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new CliError(`${path}: no permission to ${purpose} it`, 'check its permissions, or name another file');
    case 'ENOSPC':
      return new CliError(`${path}: the disk is full`, 'free some space');
    case 'ERR_FS_FILE_TOO_LARGE':
      return new CliError(`${path}: over 2 GiB, too large to read at once`, 'split the file');
    default:
      return new CliError(`${path}: cannot ${purpose} it (${code ?? String(error)})`);
  }
}
