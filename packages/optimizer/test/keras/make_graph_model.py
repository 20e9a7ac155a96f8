"""Makes the tfjs GraphModel beside it, by Google's own converter, and what Keras computes for it (graph-model2/outputs.npz).

    pip install tensorflow-cpu==2.19.1 tf-keras==2.19.0 && pip install --no-deps tensorflowjs==4.22.0 tensorflow_hub==0.16.1
    python make_graph_model.py

The converter imports packages of formats that are not used here: they are left out.
"""
import os
import sys
from unittest import mock

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
for name in ("tensorflow_decision_forests", "jax", "jax.experimental", "jax.experimental.jax2tf"):
    sys.modules[name] = mock.MagicMock()

import tensorflow as tf
import tf_keras
from tensorflowjs.converters import tf_saved_model_conversion_v2 as converter

import numpy as np
from tf_keras import layers

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "graph-model2")
generator = np.random.default_rng(7)


def network():
    x = layers.Input((10, 10, 3), name="image")
    y = layers.Conv2D(6, 3, padding="same", use_bias=False)(x)
    y = layers.BatchNormalization()(y)
    stem = layers.ReLU(max_value=6)(y)
    y = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2)(stem)
    y = layers.BatchNormalization()(y)
    y = layers.LeakyReLU(0.2)(y)
    y = layers.Conv2D(6, 1, activation="relu")(y)
    y = layers.Add()([stem, y])
    y = layers.Concatenate()([layers.Activation("tanh")(y), layers.Activation("sigmoid")(stem)])
    y = layers.ZeroPadding2D(((1, 0), (0, 2)))(y)
    y = layers.MaxPooling2D(2)(y)
    y = layers.BatchNormalization()(y)
    y = layers.Conv2D(8, 3, activation="relu")(y)
    y = layers.AveragePooling2D(2)(y)
    gap = layers.GlobalAveragePooling2D()(y)
    y = layers.Dense(8, activation="relu")(layers.Flatten()(y))
    return tf_keras.Model(x, layers.Dense(5, activation="softmax")(layers.Multiply()([y, gap])))


model = network()
for weight in model.weights:
    values = generator.normal(0, 0.4, weight.shape)
    weight.assign(np.abs(values) + 0.2 if "variance" in weight.name else values)
saved = os.path.join(sys.argv[1] if len(sys.argv) > 1 else "/tmp", "saved_model")
call = tf.function(lambda image: model(image, training=False))
signature = call.get_concrete_function(tf.TensorSpec([None, 10, 10, 3], tf.float32, "image"))
tf.saved_model.save(model, saved, signatures=signature)
converter.convert_tf_saved_model(saved, folder)
x = generator.random((3, 10, 10, 3), dtype=np.float32)
np.savez_compressed(os.path.join(folder, "outputs.npz"), x=x, y=model.predict(x, verbose=0))
