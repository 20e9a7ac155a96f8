"""Coders of weights alone, for src/weight-coders.ts: `python3 weight_coders.py vela|nnc`.

Standard input: a line of JSON, [[rows, elements] of each tensor], then all elements as little-endian int16. Standard output: a line of
JSON, {"bytes": [coded bytes of each tensor]}. Everything that is coded is decoded again and compared.
"""
import glob
import importlib.util
import json
import os
import sys

import numpy as np


def vela():
    from ethosu import mlw_codec

    def coded_bytes(weights):
        values = weights.ravel().tolist()
        coded = mlw_codec.encode(values)
        # The decoder gives back zeros that fill its last group.
        expect(list(mlw_codec.decode(coded))[: len(values)] == values)
        return len(coded)

    return coded_bytes


def nnc():
    # nncodec itself imports torch; its coder is a module of its own.
    found = [file for folder in sys.path for file in glob.glob(os.path.join(folder, "nncodec/extensions/deepCABAC*.so"))]
    spec = importlib.util.spec_from_file_location("deepCABAC", found[0])
    coder = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(coder)
    no_history = (coder.HdspMode.AlwaysOff, np.zeros(2, np.int8))

    def encode(weights, unary, row_skip):
        encoder = coder.Encoder()
        encoder.initCtxModels(unary, 1)
        skipped = (~weights.any(axis=1)).astype(np.int32) if row_skip else np.zeros(len(weights), np.int32)
        encoder.encodeLayer(weights, 0, 0, row_skip, 0, row_skip, skipped, *no_history, 0, 0)
        coded = encoder.finish()
        decoder = coder.Decoder()
        decoder.setStream(coded.copy())
        decoder.initCtxModels(unary)
        restored = np.zeros_like(weights)
        decoder.decodeLayer(restored, 0, 0, row_skip, 0, *no_history, 0, 0)
        expect(np.array_equal(restored, weights))
        return len(coded)

    def smallest(weights):
        # Its default is a unary length of 11; the best of several is what somebody who cares would get.
        return min(encode(weights, unary, skip) for unary in (2, 4, 8, 11, 16) for skip in (0, 1))

    def coded_bytes(weights):
        codebook, ranks = np.unique(weights, return_inverse=True)
        if len(codebook) > 64:
            return smallest(weights)
        # As indices of a codebook around the one that costs least; a byte for each of its values.
        ranks = ranks.reshape(weights.shape).astype(np.int32)
        zero = min(range(len(codebook)), key=lambda index: encode(ranks - index, 11, 0))
        return min(smallest(weights), smallest(ranks - zero) + len(codebook))

    return coded_bytes


def expect(equal):
    if not equal:
        raise ValueError("decoded to other weights")


def main():
    coded_bytes = {"vela": vela, "nnc": nnc}[sys.argv[1]]()
    shapes = json.loads(sys.stdin.buffer.readline())
    values = np.frombuffer(sys.stdin.buffer.read(), "<i2").astype(np.int32)
    sizes, at = [], 0
    for rows, elements in shapes:
        sizes.append(coded_bytes(np.ascontiguousarray(values[at : at + elements].reshape(rows, -1))))
        at += elements
    print(json.dumps({"bytes": sizes}))


main()
