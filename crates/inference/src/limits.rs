//! Fixed bounds. Each is checked before memory is taken for what it bounds.

/// JSON header of a frame, bytes: names and shapes only.
pub const HEADER_BYTES_MAX: u32 = 256 * 1024;
/// Data of a frame, bytes: a model, or the tensors of one request. 5,000 series of the largest net take 6 MB.
pub const BLOB_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// A model file, bytes; it travels in one frame.
pub const MODEL_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// A manifest, bytes.
pub const MANIFEST_BYTES_MAX: usize = 1024 * 1024;
/// Tensors of one request or reply.
pub const TENSORS_MAX: usize = 64;
/// Dimensions of a tensor.
pub const DIMENSIONS_MAX: usize = 8;
/// Graphs inside graphs of a model. Real ones nest two or three deep; ONNX Runtime recurses over them.
pub const GRAPH_DEPTH_MAX: u32 = 32;
/// Functions a model brings along. ONNX Runtime inlines them recursively, and a long chain ends its stack.
pub const MODEL_FUNCTIONS_MAX: u32 = 256;
/// What is kept of the child's stderr, bytes.
pub const LAST_WORDS_BYTES_MAX: usize = 2048;

const _: () = assert!(MODEL_BYTES_MAX <= BLOB_BYTES_MAX, "a model travels in one frame");
