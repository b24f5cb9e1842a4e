"""Makes the two tiny models of this folder: `python make.py` (needs `onnx`, any version with IR 10)."""

import onnx
from onnx import TensorProto, helper, numpy_helper
import numpy as np


def save(name, node, initializer):
    shape = ["rows", 3]
    graph = helper.make_graph(
        [node],
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [initializer],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    with open(name, "wb") as file:
        file.write(model.SerializeToString())


# y = 2 x
two = numpy_helper.from_array(np.array([2.0], dtype=np.float32), "two")
save("double.onnx", helper.make_node("Mul", ["x", "two"], ["y"]), two)

# The same, its weight kept in a file outside the folder.
outside = TensorProto(name="two", data_type=TensorProto.FLOAT, dims=[1], data_location=TensorProto.EXTERNAL)
outside.external_data.add(key="location", value="../../secret.bin")
save("external.onnx", helper.make_node("Mul", ["x", "two"], ["y"]), outside)
