// SPDX-License-Identifier: MIT
/**
 * What the published systems score on the clips that their authors put on demo pages: measured from those files against
 * the recordings, with the same definitions as `pinna eval`'s; LINN only exists there as MP3 of 192 kb/s, which itself
 * changes the figures by some percent. Each cell: wave L2 x 1000, amplitude, phase.
 */

/** @typedef {readonly [number, number, number]} Trio */

/** @type {Record<string, Record<string, Trio>>} by clip, by system */
export const PUBLISHED = {
  subject2_segment_1: {
    'DSP': [0.308, 0.0549, 1.571], 'WaveNet': [0.054, 0.0233, 0.846], 'WarpNet': [0.094, 0.0319, 0.711],
    'NFS': [0.116, 0.0307, 1.261], 'BinauralGrad': [0.050, 0.0209, 0.786], 'DPATFNet': [0.061, 0.0270, 0.596],
    'Spec2Spatial': [0.066, 0.0217, 0.738], 'LINN (MP3)': [0.089, 0.0293, 0.732],
  },
  subject3_segment_6: {
    'DSP': [0.621, 0.0796, 1.568], 'WaveNet': [0.090, 0.0308, 0.785], 'WarpNet': [0.213, 0.0491, 0.837],
    'NFS': [0.242, 0.0399, 1.278], 'BinauralGrad': [0.081, 0.0293, 0.753], 'DPATFNet': [0.113, 0.0402, 0.640],
    'Spec2Spatial': [0.114, 0.0304, 0.788], 'LINN (MP3)': [0.143, 0.0395, 0.883],
  },
  subject4_segment_6: {
    'DSP': [0.399, 0.0630, 1.567], 'WaveNet': [0.078, 0.0246, 0.895], 'WarpNet': [0.116, 0.0308, 0.987],
    'NFS': [0.152, 0.0322, 1.300], 'BinauralGrad': [0.083, 0.0239, 0.928], 'DPATFNet': [0.099, 0.0291, 0.816],
    'Spec2Spatial': [0.110, 0.0258, 0.934], 'LINN (MP3)': [0.121, 0.0332, 0.990],
  },
};

/** On the whole test set, from their papers: parameters and multiply-adds a second. */
export const PUBLISHED_COST = {
  'WarpNet': { parameters: 8593150, macsPerSecond: 24.76e9 },
  'NFS': { parameters: 554928, macsPerSecond: 3.385e9 },
};
