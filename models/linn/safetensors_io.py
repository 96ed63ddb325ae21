# SPDX-License-Identifier: MIT
"""Reads and writes safetensors files: a little-endian header length, a JSON header, the tensors' bytes.

Debian has no package for it, and the format is this small. Files that we write carry `crc32`: the CRC-32 of the whole
file with the eight characters of its own value as `0` (models/FORMAT.md).
"""
from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

import numpy as np

DTYPES = {'F32': '<f4', 'F64': '<f8', 'I16': '<i2', 'I32': '<i4', 'I64': '<i8', 'U8': '|u1'}
NAMES = {np.dtype(code): name for name, code in DTYPES.items()}
NO_CRC = '00000000'


def load(path: str | Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The tensors of a file and its metadata. Raises ValueError for a file that is not well formed."""
    blob = Path(path).read_bytes()
    if len(blob) < 8:
        raise ValueError(f'{path}: too short for a safetensors file')
    (length,) = struct.unpack('<Q', blob[:8])
    if length > len(blob) - 8:
        raise ValueError(f'{path}: its header is longer than the file')
    header = json.loads(blob[8:8 + length])
    metadata = header.pop('__metadata__', {})
    data = blob[8 + length:]
    tensors = {}
    for name, entry in header.items():
        start, end = entry['data_offsets']
        dtype = np.dtype(DTYPES[entry['dtype']])
        if not 0 <= start <= end <= len(data) or end - start != dtype.itemsize * int(np.prod(entry['shape'])):
            raise ValueError(f'{path}: {name} does not lie where its shape says')
        tensors[name] = np.frombuffer(data[start:end], dtype).reshape(entry['shape']).copy()
    crc = metadata.get('crc32')
    if crc is not None:
        at = blob.index(f'"crc32":"{crc}"'.encode()) + len('"crc32":"')
        if f'{zlib.crc32(blob[:at] + NO_CRC.encode() + blob[at + 8:]):08x}' != crc:
            raise ValueError(f'{path}: the checksum is wrong')
    return tensors, metadata


def save(path: str | Path, tensors: dict[str, np.ndarray], metadata: dict[str, str]) -> int:
    """Writes a file, with its checksum; arrays of other types than those of DTYPES become F32. Gives its bytes."""
    header: dict[str, object] = {'__metadata__': {**metadata, 'crc32': NO_CRC}}
    parts = []
    offset = 0
    for name, tensor in tensors.items():
        array = np.asarray(tensor)
        array = np.ascontiguousarray(array if array.dtype in NAMES else array.astype('<f4')).reshape(array.shape)
        header[name] = {
            'dtype': NAMES[array.dtype], 'shape': list(array.shape), 'data_offsets': [offset, offset + array.nbytes],
        }
        parts.append(array.tobytes())
        offset += array.nbytes
    text = json.dumps(header, separators=(',', ':'), ensure_ascii=True).encode()
    text += b' ' * (-len(text) % 8)
    blob = struct.pack('<Q', len(text)) + text + b''.join(parts)
    at = blob.index(f'"crc32":"{NO_CRC}"'.encode()) + len('"crc32":"')
    blob = blob[:at] + f'{zlib.crc32(blob):08x}'.encode() + blob[at + 8:]
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(blob)
    return len(blob)
