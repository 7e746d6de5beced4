"""Running networks: sessions over ONNX Runtime and OpenVINO, and pictures cut into blocks."""
