"""Runs models in an outside runtime, for conformance tests: judge.py tflm|litert-ref [MODEL INPUTS OUTPUTS]...

INPUTS holds the bytes of all inputs of the first example, then of the second, and so on; OUTPUTS gets the outputs alike.
judge.py arrays [NPZ NAME FILE]... writes the bytes of arrays of .npz files instead.
"""
import sys

import numpy as np


def micro(model):
    from tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(model, arena_size=16 << 20)

    def details(get):
        found = []
        while True:
            try:
                found.append(get(len(found)))
            except (IndexError, ValueError, RuntimeError):
                return found

    inputs, outputs = details(interpreter.get_input_details), details(interpreter.get_output_details)

    def run(arrays):
        for i, array in enumerate(arrays):
            interpreter.set_input(array, i)
        interpreter.invoke()
        return [interpreter.get_output(i) for i in range(len(outputs))]

    return inputs, run


def litert_reference(model):
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    interpreter = Interpreter(model_content=model, experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    interpreter.allocate_tensors()
    inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()

    def run(arrays):
        for detail, array in zip(inputs, arrays):
            interpreter.set_tensor(detail["index"], array)
        interpreter.invoke()
        return [interpreter.get_tensor(detail["index"]) for detail in outputs]

    return inputs, run


def judge(engine, model, inputs_file, outputs_file):
    details, run = engine(open(model, "rb").read())
    data, offset = open(inputs_file, "rb").read(), 0
    with open(outputs_file, "wb") as file:
        while offset < len(data):
            arrays = []
            for detail in details:
                dtype, shape = np.dtype(detail["dtype"]), tuple(detail["shape"])
                count = int(np.prod(shape, dtype=np.int64))
                arrays.append(np.frombuffer(data, dtype, count, offset).reshape(shape))
                offset += count * dtype.itemsize
            for output in run(arrays):
                file.write(np.ascontiguousarray(output).tobytes())


def extract(npz, name, file):
    np.ascontiguousarray(np.load(npz)[name]).tofile(file)


def main():
    mode, rest = sys.argv[1], sys.argv[2:]
    engine = {"tflm": micro, "litert-ref": litert_reference}.get(mode)
    for i in range(0, len(rest), 3):
        if mode == "arrays":
            extract(*rest[i : i + 3])
        else:
            judge(engine, *rest[i : i + 3])


main()
