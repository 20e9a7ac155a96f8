"""Makes the .tflite files beside it with TensorFlow's own converter, from the Keras files of make.py: float32, and
weights of 16 bits.

    pip install tensorflow-cpu==2.19.1 tf-keras==2.19.0
    python make_tflite.py
"""
import os

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
import tensorflow as tf
import tf_keras

folder = os.path.dirname(os.path.abspath(__file__))

for name, kinds in {"sequences2": ["float32"], "unusual2": ["float32", "float16"]}.items():
    model = tf_keras.models.load_model(os.path.join(folder, f"{name}.h5"), compile=False)
    call = tf.function(lambda x, model=model: model(x, training=False))
    concrete = call.get_concrete_function(tf.TensorSpec([1, *model.input_shape[1:]], tf.float32, "x"))
    for kind in kinds:
        converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete], model)
        if kind == "float16":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.target_spec.supported_types = [tf.float16]
        with open(os.path.join(folder, f"{name}_{kind}.tflite"), "wb") as file:
            file.write(converter.convert())
