//! Named f32 tensors, row-major.

use crate::error::Error;
use crate::limits::{BLOB_BYTES_MAX, DIMENSIONS_MAX};

/// A named tensor of f32, row-major: `data.len()` is the product of `shape`.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// The name the model gives it.
    pub name: String,
    /// Its dimensions.
    pub shape: Vec<usize>,
    /// Its values.
    pub data: Vec<f32>,
}

/// Values of a shape; `None` where it is beyond what a frame may carry.
pub(crate) fn values_of(shape: &[usize]) -> Option<usize> {
    if shape.len() > DIMENSIONS_MAX {
        return None;
    }
    // A zero would hide a huge neighbour from the product, so each dimension is bounded by itself too.
    let most = usize::try_from(BLOB_BYTES_MAX / 4).unwrap_or(usize::MAX);
    let mut product = 1_usize;
    for size in shape {
        product = product.checked_mul(*size).filter(|product| *product <= most && *size <= most)?;
    }
    Some(product)
}

impl Tensor {
    /// A tensor; an error where data and shape disagree.
    pub fn new(name: &str, shape: Vec<usize>, data: Vec<f32>) -> Result<Self, Error> {
        match values_of(&shape) {
            Some(values) if values == data.len() => Ok(Self { name: name.to_owned(), shape, data }),
            Some(values) => Err(Error::permanent(format!(
                "the tensor {name:?} of shape {shape:?} needs {values} values and was given {}",
                data.len()
            ))),
            None => Err(Error::permanent(format!(
                "the tensor {name:?} of shape {shape:?} is larger than one request may carry; send fewer rows at a time"
            ))),
        }
    }
}

/// The tensor of that name out of a reply.
pub fn take(mut tensors: Vec<Tensor>, name: &str) -> Result<Tensor, Error> {
    match tensors.iter().position(|tensor| tensor.name == name) {
        Some(position) => Ok(tensors.swap_remove(position)),
        None => {
            let names: Vec<&str> = tensors.iter().map(|tensor| tensor.name.as_str()).collect();
            Err(Error::permanent(format!(
                "the model gave no tensor {name:?}, only {names:?}; it is not the model this call is made for"
            )))
        }
    }
}
