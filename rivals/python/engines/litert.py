"""LiteRT: with XNNPACK, or with its reference kernels (litert-ref)."""
from ai_edge_litert.interpreter import Interpreter, OpResolverType


class Engine:
    package = "ai-edge-litert"

    def __init__(self, model, name, threads):
        options = {"model_content": model, "num_threads": threads}
        if name == "litert-ref":
            options["experimental_op_resolver_type"] = OpResolverType.BUILTIN_REF
        self.interpreter = Interpreter(**options)
        self.interpreter.allocate_tensors()
        self.inputs = self.interpreter.get_input_details()
        self.outputs = self.interpreter.get_output_details()

    def set_inputs(self, arrays):
        for detail, array in zip(self.inputs, arrays):
            self.interpreter.set_tensor(detail["index"], array)

    def invoke(self):
        self.interpreter.invoke()

    def get_outputs(self):
        return [self.interpreter.get_tensor(detail["index"]) for detail in self.outputs]
