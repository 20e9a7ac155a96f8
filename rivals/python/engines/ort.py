"""ONNX Runtime on its CPU provider. Models are converted by tf2onnx, in a process of its own: TensorFlow's memory is not ours to count."""
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnxruntime


class Engine:
    package = "onnxruntime"
    # Of an inference session's inputs and outputs, as ONNX Runtime names them.
    dtypes = {"tensor(int8)": "int8", "tensor(uint8)": "uint8", "tensor(float)": "float32", "tensor(int32)": "int32"}

    def __init__(self, model, name, threads):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.inputs = [
            # The converter names a free batch dimension by a string: one example.
            {
                "name": tensor.name,
                "shape": [size if isinstance(size, int) else 1 for size in tensor.shape],
                "dtype": np.dtype(self.dtypes[tensor.type]),
            }
            for tensor in self.session.get_inputs()
        ]

    @staticmethod
    def prepare(model):
        with tempfile.TemporaryDirectory() as folder:
            source, target = pathlib.Path(folder, "model.tflite"), pathlib.Path(folder, "model.onnx")
            source.write_bytes(model)
            words = ["-m", "tf2onnx.convert", "--tflite", source, "--output", target, "--opset", "18"]
            done = subprocess.run([sys.executable, *words], capture_output=True, text=True)
            if done.returncode != 0:
                raise ValueError("tf2onnx cannot convert it: " + done.stderr.strip().split("\n")[-1])
            return target.read_bytes()

    def set_inputs(self, arrays):
        self.feed = {detail["name"]: array for detail, array in zip(self.inputs, arrays)}

    def invoke(self):
        self.results = self.session.run(None, self.feed)

    def get_outputs(self):
        return self.results
