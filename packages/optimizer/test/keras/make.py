"""Makes the Keras files beside it, and what Keras itself computes for them (outputs.npz), for the tests of the importer.

    pip install tensorflow-cpu==2.19.1 keras==3.12.0 tf-keras==2.19.0
    python make.py

Weights are random, so that every array matters: batch normalization too, with gammas of both signs.
"""
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
import numpy as np

folder = os.path.dirname(os.path.abspath(__file__))


def images(keras):
    """Branches, a model inside of the model, and every 2-D layer that is imported."""
    layers = keras.layers
    inner_input = layers.Input((12, 12, 8), name="inner_input")
    y = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2, name="inner_dw")(inner_input)
    y = layers.BatchNormalization(name="inner_bn")(y)
    y = layers.LeakyReLU(name="inner_leaky")(y)
    y = layers.Conv2D(8, 1, name="inner_pw", activation="relu")(y)
    inner = keras.Model(inner_input, y, name="inner")

    x = layers.Input((12, 12, 3), name="image")
    y = layers.Rescaling(2.0, offset=-1.0, name="rescaling")(x)
    y = layers.BatchNormalization(name="first_bn")(y)
    y = layers.Conv2D(8, 3, padding="same", use_bias=False, name="stem")(y)
    y = layers.BatchNormalization(scale=False, name="stem_bn")(y)
    y = layers.ReLU(max_value=6, name="stem_relu")(y)
    a = inner(y)
    b = layers.SeparableConv2D(8, 3, padding="same", dilation_rate=2, name="separable", activation="tanh")(y)
    y = layers.Add(name="residual")([y, a])
    y = layers.Activation("relu", name="residual_relu")(y)
    y = layers.Concatenate(name="joined")([y, b])
    y = layers.ZeroPadding2D(((1, 0), (0, 2)), name="padding")(y)
    y = layers.MaxPooling2D(2, name="max")(y)
    y = layers.Conv2D(8, 3, groups=2, name="grouped")(y)
    y = layers.Conv2DTranspose(6, 3, strides=2, padding="same", name="wider", activation="sigmoid")(y)
    y = layers.AveragePooling2D(3, strides=2, padding="same", name="average")(y)
    y = layers.Dropout(0.3, name="dropout")(y)
    c = layers.GlobalAveragePooling2D(name="gap")(y)
    d = layers.Flatten(name="flat")(layers.GlobalMaxPooling2D(name="gmp")(y))
    y = layers.Multiply(name="product")([c, d])
    return keras.Model(x, layers.Dense(5, activation="softmax", name="classes")(y), name="images")


def sequences(keras):
    layers = keras.layers
    return keras.Sequential(
        [
            layers.Input((20, 4), name="steps"),
            layers.Conv1D(6, 3, padding="causal", dilation_rate=2, name="causal"),
            layers.BatchNormalization(name="causal_bn"),
            layers.ReLU(name="causal_relu"),
            layers.SeparableConv1D(8, 3, padding="same", name="separable"),
            layers.MaxPooling1D(2, name="max"),
            layers.Dense(6, activation="relu", name="each_step"),
            layers.GlobalAveragePooling1D(name="gap"),
            layers.Dense(3, name="out"),
        ],
        name="sequences",
    )


def mnist(keras):
    layers = keras.layers
    return keras.Sequential(
        [layers.Input((8, 8)), layers.Flatten(), layers.Dense(10, activation="relu"), layers.Dense(4)], name="plain"
    )


def twins(keras, name):
    """Two of these have inner layers of the same name; one is called twice."""
    layers = keras.layers
    inputs = layers.Input((6, 6, 4), name=f"{name}_input")
    y = layers.Conv2D(4, 1, name="conv", activation=layers.LeakyReLU(0.1))(inputs)
    return keras.Model(inputs, y, name=name)


def unusual(keras):
    """What is rare and valid. Keras 2 takes names with slashes, one of which ends as another layer is called."""
    layers = keras.layers
    slash = "/" if keras.__name__ == "tf_keras" else "_"
    x = layers.Input((13, 11, 2), name="image")
    y = layers.Conv2D(4, (4, 2), strides=2, padding="same", name=f"block{slash}conv", activation=layers.ReLU(max_value=6.0))(x)
    y = layers.BatchNormalization(name=f"block{slash}bn")(y)
    y = layers.MaxPooling2D(2, strides=1, padding="same", name="pool")(y)
    y = layers.DepthwiseConv2D((2, 4), padding="same", depth_multiplier=3, name="deep", use_bias=False)(y)
    y = layers.BatchNormalization(name="deep_bn", center=False)(y)
    y = layers.Conv2D(4, (2, 1), name="conv", activation="relu")(y)
    shared = layers.Conv2D(4, 3, padding="same", name="shared")
    y = layers.ReLU(negative_slope=0.25, name="slope")(shared(shared(y)))
    left, right = twins(keras, "left"), twins(keras, "right")
    y = layers.Subtract(name="difference")([left(y), right(left(y))])
    y = layers.Conv2DTranspose(5, (4, 3), strides=(2, 3), name="wide", use_bias=False)(y)
    y = layers.BatchNormalization(name="wide_bn")(y)
    z = layers.AveragePooling2D((3, 2), strides=(2, 3), padding="same", name="average")(y)
    z = layers.Conv2D(3, 3, dilation_rate=(2, 1), padding="same", name="map", activation="sigmoid")(z)
    gap = layers.GlobalAveragePooling2D(name="gap", keepdims=True)(y)
    gate = layers.Conv2D(5, 1, name="gate", activation="tanh")(gap)
    v = layers.GlobalMaxPooling2D(name="gmp")(layers.Multiply(name="gated")([y, gate]))
    return keras.Model(x, [layers.Dense(4, name="vector")(v), z], name="unusual")


def half(keras):
    """Weights of 16 bits; what they compute in 32 is what counts."""
    layers = keras.layers
    make = lambda dtype: keras.Sequential(
        [
            layers.Input((6, 6, 2), name="image"),
            layers.Conv2D(4, 3, name="conv", dtype=dtype),
            layers.Flatten(name="flat", dtype=dtype),
            layers.Dense(3, name="dense", dtype=dtype),
        ],
        name="half",
    )
    return make("float16"), make("float32")


def randomize(model, seed):
    generator = np.random.default_rng(seed)
    for weight in model.weights:
        values = generator.normal(0, 0.4, weight.shape)
        if "variance" in getattr(weight, "path", weight.name):
            values = np.abs(values) + 0.2
        weight.assign(values)


def save(model, twin, seed, version, outputs):
    randomize(model, seed)
    twin.set_weights(model.get_weights())
    name = f"{model.name}{version}"
    x = np.random.default_rng(100 + seed).random((3, *model.input_shape[1:]), dtype=np.float32)
    y = twin.predict(x, verbose=0)
    outputs[f"{name}_x"] = x
    for i, one in enumerate(y if isinstance(y, list) else [y]):
        outputs[f"{name}_y{i or ''}"] = one
    model.save(os.path.join(folder, f"{name}.keras"))
    model.save(os.path.join(folder, f"{name}.h5"))


def main(version):
    if version == "2":
        os.environ["TF_USE_LEGACY_KERAS"] = "1"
        import tf_keras as keras
    else:
        import keras
    outputs = {}
    for seed, make in enumerate([images, sequences, mnist, unusual]):
        model = make(keras)
        save(model, model, seed, version, outputs)
    save(*half(keras), 4, version, outputs)
    np.savez_compressed(os.path.join(folder, f"outputs{version}.npz"), **outputs)


main(sys.argv[1]) if len(sys.argv) > 1 else [os.system(f"{sys.executable} {__file__} {v}") for v in "23"]
