// SPDX-License-Identifier: MIT
/**
 * Whether the texts of an HDF5 file can be read without end.
 *
 * Problem  texts of any length lie in global heap collections [HDF5 file format 3.0, III.E]: objects one behind the
 *          other, each with its size. The HDF5 library steps by that size without a look at it, and an object of no
 *          size, or of one that wraps round, keeps it where it is for ever.
 * Method   every collection is walked before the library sees it. One is known by its signature, version and reserved
 *          bytes, so that numbers of a response are not taken for it.
 */

const SIGNATURE = [0x47, 0x43, 0x4f, 0x4c, 1, 0, 0, 0]; // GCOL
const HEADER = 16;

/**
 * @param {Uint8Array} bytes of a file with lengths of 8 bytes, as all have but those made otherwise on purpose
 * @returns {number} where an object is that no reader gets past; -1 = nowhere
 */
export function heapFault(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = bytes.indexOf(SIGNATURE[0]); at >= 0; at = bytes.indexOf(SIGNATURE[0], at + 1)) {
    if (at + HEADER <= bytes.length && SIGNATURE.every((byte, i) => bytes[at + i] === byte)) {
      const fault = walk(view, at, Number(view.getBigUint64(at + 8, true)));
      if (fault >= 0) {
        return fault;
      }
    }
  }
  return -1;
}

/**
 * @param {DataView} view
 * @param {number} from  of the collection
 * @param {number} size  of it; one that is cut off the library refuses by itself
 */
function walk(view, from, size) {
  const end = Math.min(from + size, view.byteLength);
  for (let at = from + HEADER; at + HEADER <= end;) {
    const isFree = view.getUint16(at, true) === 0;
    const length = Number(view.getBigUint64(at + 8, true));
    const step = isFree ? length : HEADER + 8 * Math.ceil(length / 8);
    if (step < HEADER || (at + step > end && end === from + size)) {
      return at;
    }
    at += step;
  }
  return -1;
}
