"""Takes libtensorflow and its C headers out of a TensorFlow wheel: unpack-wheel.py WHEEL FOLDER."""
import os
import shutil
import sys
import zipfile

LIBRARIES = ("tensorflow/libtensorflow_cc.so.2", "tensorflow/libtensorflow_framework.so.2")
HEADERS = tuple(
    "tensorflow/include/" + part
    for part in ("tensorflow/c/", "tsl/c/", "tsl/platform/ctstring", "tensorflow/core/platform/ctstring")
)


def destination(name):
    if name in LIBRARIES:
        return os.path.join("lib", os.path.basename(name))
    if name.split("/")[0].endswith(".libs"):  # libraries that the wheel carries along, found by $ORIGIN/../*.libs
        return name
    if name.endswith(".h") and name.startswith(HEADERS):
        return os.path.join("include", name[len("tensorflow/include/"):])
    return None


def main():
    wheel, folder = sys.argv[1:]
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            relative = None if entry.is_dir() else destination(entry.filename)
            if relative is None:
                continue
            path = os.path.join(folder, relative)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with archive.open(entry) as source, open(path, "wb") as target:
                shutil.copyfileobj(source, target, 1 << 22)


main()
