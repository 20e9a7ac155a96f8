"""Runs models in an outside runtime. Standard input: {"engine": "litert" | "litert-ref" | "tflm", "seed", "models": [{"file",
"inputs"?: base64 of each input}]}. Standard output: one answer for each model, {"outputs": base64 of each output of two
runs} or {"error"}. Each model runs in a process of its own, because some make a runtime abort.
"""
import base64
import json
import os
import sys

import numpy as np


def litert(file, reference):
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    kind = OpResolverType.BUILTIN_REF if reference else OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(file, experimental_op_resolver_type=kind)
    interpreter.allocate_tensors()
    details = interpreter.get_input_details()
    outputs = interpreter.get_output_details()

    def run(values):
        for detail, value in zip(details, values):
            interpreter.set_tensor(detail["index"], value)
        interpreter.invoke()
        return [interpreter.get_tensor(output["index"]) for output in outputs]

    return details, run


def tflm(file):
    from tflite_micro import runtime

    interpreter = runtime.Interpreter.from_file(file, arena_size=8 << 20)
    details = []
    try:
        while True:
            details.append(interpreter.get_input_details(len(details)))
    except (IndexError, ValueError, RuntimeError):
        pass

    def run(values):
        for i, value in enumerate(values):
            interpreter.set_input(value, i)
        interpreter.invoke()
        return [interpreter.get_output(0)]

    return details, run


def example(details, generator):
    for detail in details:
        shape, dtype = tuple(detail["shape"]), np.dtype(detail["dtype"])
        if dtype.kind == "f":
            yield generator.standard_normal(shape).astype(dtype)
        else:
            limits = np.iinfo(dtype)
            yield generator.integers(limits.min, limits.max, shape, dtype, endpoint=True)


def answer(engine, seed, model):
    details, run = tflm(model["file"]) if engine == "tflm" else litert(model["file"], engine == "litert-ref")
    generator = np.random.default_rng(seed)
    outputs = []
    for _ in range(2):  # more than once: some models keep state
        values = list(example(details, generator))
        if model.get("inputs"):
            raw = map(base64.b64decode, model["inputs"])
            values = [np.frombuffer(data, value.dtype).reshape(value.shape) for data, value in zip(raw, values)]
        outputs += [base64.b64encode(output.tobytes()).decode() for output in run(values)]
    return {"outputs": outputs}


def isolated(engine, seed, model):
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(receive)
        try:
            result = answer(engine, seed, model)
        except BaseException as error:
            result = {"error": f"{type(error).__name__}: {error}"}
        with os.fdopen(send, "w") as out:
            json.dump(result, out)
        os._exit(0)
    os.close(send)
    with os.fdopen(receive) as source:
        text = source.read()
    _, status = os.waitpid(child, 0)
    return json.loads(text) if text else {"error": f"ended with status {status}"}


request = json.load(sys.stdin)
if request["engine"] == "tflm":
    import tflite_micro  # noqa: F401  once, not in every child
else:
    import ai_edge_litert.interpreter  # noqa: F401
json.dump([isolated(request["engine"], request["seed"], model) for model in request["models"]], sys.stdout)
