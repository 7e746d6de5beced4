"""Running networks: sessions over ONNX Runtime and OpenVINO, and images cut into blocks."""
