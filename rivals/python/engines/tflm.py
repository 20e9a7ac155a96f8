"""TensorFlow Lite Micro."""
from tflite_micro import runtime


class Engine:
    package = "tflite-micro"

    def __init__(self, model, name, threads):
        self.interpreter = runtime.Interpreter.from_bytes(model, arena_size=8 << 20)
        self.inputs = self.details(self.interpreter.get_input_details)
        self.outputs = self.details(self.interpreter.get_output_details)

    @staticmethod
    def details(get):
        found = []
        while True:
            try:
                found.append(get(len(found)))
            except (IndexError, ValueError, RuntimeError):
                return found

    def set_inputs(self, arrays):
        for i, array in enumerate(arrays):
            self.interpreter.set_input(array, i)

    def invoke(self):
        self.interpreter.invoke()

    def get_outputs(self):
        return [self.interpreter.get_output(i) for i in range(len(self.outputs))]
