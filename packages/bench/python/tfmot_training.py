"""TFMOT's way to PCQAT, timed: prune, sparsity-preserving clustering, PCQAT, export, from given float weights.

Arguments: architecture.json weights.h5 folder-of-Fashion-MNIST output.tflite, then examples, batch size, clusters, learning rate.
Prints one line of JSON for each part: its name, CPU seconds (of all threads) and seconds.
"""

import gzip
import json
import os
import resource
import sys
import time

import numpy as np
import tensorflow as tf
import tf_keras as keras
import tensorflow_model_optimization as tfmot
from tensorflow_model_optimization.python.core.clustering.keras.experimental import cluster as preserving

architecture, weights, data, output = sys.argv[1:5]
examples, batch_size, clusters = map(int, sys.argv[5:8])
learning_rate = float(sys.argv[8])
threads = int(os.environ["TF_NUM_INTRAOP_THREADS"])
tf.config.threading.set_intra_op_parallelism_threads(threads)
tf.config.threading.set_inter_op_parallelism_threads(threads)


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def read_idx(name, offset):
    with gzip.open(os.path.join(data, name)) as file:
        return np.frombuffer(file.read(), np.uint8, offset=offset)


images = read_idx("train-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28, 1).astype(np.float32) / 255
labels = read_idx("train-labels-idx1-ubyte.gz", 8)
random = np.random.default_rng(1)
last = (cpu_seconds(), time.monotonic())


def part(name):
    """Prints what was used since the part before."""
    global last
    now = (cpu_seconds(), time.monotonic())
    print(json.dumps({"part": name, "cpuSeconds": now[0] - last[0], "seconds": now[1] - last[1]}), flush=True)
    last = now


def fine_tune(model, callbacks=()):
    chosen = random.permutation(len(images))[:examples]
    model.compile(
        keras.optimizers.Adam(learning_rate), keras.losses.SparseCategoricalCrossentropy(), metrics=["accuracy"]
    )
    model.fit(images[chosen], labels[chosen], batch_size=batch_size, epochs=1, verbose=0, callbacks=list(callbacks))


def clustered(layer):
    if not isinstance(layer, (keras.layers.Conv2D, keras.layers.Dense)):
        return layer
    if isinstance(layer, keras.layers.DepthwiseConv2D):
        return layer
    start = tfmot.clustering.keras.CentroidInitialization.KMEANS_PLUS_PLUS
    return preserving.cluster_weights(
        layer, number_of_clusters=clusters, cluster_centroids_init=start, preserve_sparsity=True
    )


with open(architecture) as file:
    model = keras.models.model_from_json(file.read())
model.load_weights(weights)
part("load")

steps = examples // batch_size
schedule = tfmot.sparsity.keras.PolynomialDecay(0.0, 0.5, 0, steps // 2, frequency=10)
pruned = tfmot.sparsity.keras.prune_low_magnitude(model, pruning_schedule=schedule)
fine_tune(pruned, [tfmot.sparsity.keras.UpdatePruningStep()])
pruned = tfmot.sparsity.keras.strip_pruning(pruned)
part("pruned")

sparse_clustered = keras.models.clone_model(pruned, clone_function=clustered)
fine_tune(sparse_clustered)
sparse_clustered = tfmot.clustering.keras.strip_clustering(sparse_clustered)
part("sparse-clustered")

annotated = tfmot.quantization.keras.quantize_annotate_model(sparse_clustered)
scheme = tfmot.experimental.combine.Default8BitClusterPreserveQuantizeScheme(preserve_sparsity=True)
quantized = tfmot.quantization.keras.quantize_apply(annotated, scheme)
fine_tune(quantized)
part("pcqat")

converter = tf.lite.TFLiteConverter.from_keras_model(quantized)
converter.optimizations = [tf.lite.Optimize.DEFAULT]
converter.inference_input_type = converter.inference_output_type = tf.int8
with open(output, "wb") as file:
    file.write(converter.convert())
part("export")
