"""Outputs of a Keras 2 model for examples: keras_predict.py CONFIG.json WEIGHTS.h5 X.npy Y.npy"""
import sys

import numpy as np
import tf_keras

config, weights, x, y = sys.argv[1:]
with open(config) as file:
    model = tf_keras.models.model_from_json(file.read())
model.load_weights(weights)
np.save(y, model.predict(np.load(x), batch_size=100, verbose=0).astype(np.float32))
