// SPDX-License-Identifier: MIT
/** Whether a file is a measurement: what has to be known of it before anything is loaded that reads it. */

const HDF5_SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * Whether bytes are HDF5's, with or without a user block, or those of its older kin netCDF.
 *
 * @param {Uint8Array} bytes
 */
export function looksLikeSofa(bytes) {
  return hasSignature(bytes) || isClassic(bytes);
}

/** Whether bytes are HDF5's, with or without a user block. @param {Uint8Array} bytes */
export function hasSignature(bytes) {
  // The signature may follow a user block of 512 bytes or a power of two times that.
  for (let at = 0; at + 8 <= bytes.length; at = at === 0 ? 512 : at * 2) {
    if (HDF5_SIGNATURE.every((byte, i) => bytes[at + i] === byte)) {
      return true;
    }
  }
  return false;
}

/** Whether it is a netCDF file of before HDF5. @param {Uint8Array} bytes */
export function isClassic(bytes) {
  return bytes[0] === 0x43 && bytes[1] === 0x44 && bytes[2] === 0x46;
}
