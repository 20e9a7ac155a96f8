"""A rival runtime behind standard input and output, for src/python-rival.ts.

A request is a line of JSON and `bytes` bytes; the answer has the same form. Requests: load (engine, threads; the model),
invoke (count; the inputs of all examples), copy (count), loads (count), time (copy, untimed, samples, batch; the inputs of one example), memory.
"""
import importlib
import importlib.metadata
import json
import math
import os
import resource
import sys
import time

import numpy as np

from refuse_amx import refuse_amx


# Modules in engines/, by the engine's name.
MODULES = {"litert": "litert", "litert-ref": "litert", "litert-noamx": "litert", "tflm": "tflm", "ort": "ort"}


class Server:
    def __init__(self):
        # The same model, loaded as often as was asked for.
        self.engines = []
        self.make = None

    @property
    def engine(self):
        return self.engines[0]

    def load(self, request, body):
        name = request["engine"]
        if name == "litert-noamx":
            refuse_amx()
        # What happens once for all models, imports and conversion, is not loading.
        kind = importlib.import_module(f"engines.{MODULES[name]}").Engine
        model = kind.prepare(body) if hasattr(kind, "prepare") else body
        self.make = lambda: kind(model, name, request["threads"])
        engine, load_ms, load_cpu_ms = self.timed_make()
        self.engines = [engine]
        versions = {name: importlib.metadata.version(name) for name in (kind.package, "numpy")}
        inputs = [
            {"shape": shape, "dtype": dtype.name, "bytes": math.prod(shape) * dtype.itemsize}
            for shape, dtype in self.inputs()
        ]
        return {"load_ms": load_ms, "load_cpu_ms": load_cpu_ms, "inputs": inputs, "versions": versions}, b""

    def timed_make(self):
        start, cpu = time.perf_counter(), time.process_time()
        engine = self.make()
        return engine, (time.perf_counter() - start) * 1e3, (time.process_time() - cpu) * 1e3

    def loads(self, request, body):
        loads = []
        for _ in range(request["count"]):
            engine, ms, cpu_ms = self.timed_make()
            del engine  # outside of the time
            loads.append({"ms": ms, "cpu_ms": cpu_ms})
        return {"loads": loads}, b""

    def inputs(self):
        return [([int(n) for n in detail["shape"]], np.dtype(detail["dtype"])) for detail in self.engine.inputs]

    def arrays(self, body, offset):
        result = []
        for shape, dtype in self.inputs():
            count = math.prod(shape)
            result.append(np.frombuffer(body, dtype, count, offset).reshape(shape))
            offset += count * dtype.itemsize
        return result, offset

    def invoke(self, request, body):
        offset, outputs = 0, []
        for _ in range(request["count"]):
            inputs, offset = self.arrays(body, offset)
            self.engine.set_inputs(inputs)
            self.engine.invoke()
            outputs += [np.ascontiguousarray(output).tobytes() for output in self.engine.get_outputs()]
        return {}, b"".join(outputs)

    def copy(self, request, body):
        self.engines += [self.make() for _ in range(request["count"])]
        return {}, b""

    def time(self, request, body):
        inputs, _ = self.arrays(body, 0)
        engine = self.engines[request["copy"]]
        engine.set_inputs(inputs)
        invoke, clock, ns = engine.invoke, time.perf_counter_ns, []
        for _ in range(request["untimed"]):
            invoke()
        batch, cpu = range(request["batch"]), time.process_time_ns()
        for _ in range(request["samples"]):
            start = clock()
            for _ in batch:
                invoke()
            ns.append((clock() - start) / len(batch))
        return {"ns": ns, "cpu_ns": time.process_time_ns() - cpu}, b""

    def memory(self, request, body):
        peak_rss_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        return {"peak_rss_bytes": peak_rss_bytes, "cpu_ns": time.process_time_ns()}, b""


def main():
    # Runtimes print on file descriptor 1 now and then: answers get a descriptor of their own.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    server = Server()
    while line := sys.stdin.buffer.readline():
        request = json.loads(line)
        body = sys.stdin.buffer.read(request["bytes"])
        try:
            header, data = getattr(server, request["do"])(request, body)
        except Exception as error:  # told to the other side, which decides
            header, data = {"error": f"{type(error).__name__}: {error}"}, b""
        answers.write(json.dumps({**header, "bytes": len(data)}).encode() + b"\n" + data)
        answers.flush()


main()
