"""Inference: sessions of ONNX Runtime and OpenVINO, and tiling of images."""
