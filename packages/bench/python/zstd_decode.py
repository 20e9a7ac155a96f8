"""Times zstd decoding from memory to memory: zstd_decode.py FILE LEVEL

Packs the file once, prints the coded bytes, then answers each line with a number N on standard input with a line of JSON:
the nanoseconds of each of N decodes. What Python adds is a call and an array for the output, below a microsecond.
"""
import json
import sys
import time

import zstandard

with open(sys.argv[1], "rb") as file:
    original = file.read()
coded = zstandard.ZstdCompressor(level=int(sys.argv[2])).compress(original)
decode = zstandard.ZstdDecompressor().decompress
if decode(coded) != original:
    sys.exit("zstd does not give the original back")
print(json.dumps(len(coded)), flush=True)
for line in sys.stdin:
    samples = []
    for _ in range(int(line)):
        start = time.perf_counter_ns()
        decode(coded)
        samples.append(time.perf_counter_ns() - start)
    print(json.dumps(samples), flush=True)
