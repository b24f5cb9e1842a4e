//! A look into a model's protobuf, before ONNX Runtime sees it: is everything it needs inside the file?
//!
//! Field numbers from onnx.proto (ONNX IR version 13). Only what can point outside, or nest, is followed.

use crate::limits::{GRAPH_DEPTH_MAX, MODEL_FUNCTIONS_MAX};

enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    Other,
}

struct Fields<'a>(&'a [u8]);

const BROKEN: &str = "it is not an ONNX file, or it is cut off";

impl<'a> Fields<'a> {
    fn varint(&mut self) -> Result<u64, String> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first().ok_or(BROKEN)?;
            self.0 = rest;
            value |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(BROKEN.to_owned())
    }

    fn bytes(&mut self, length: u64) -> Result<&'a [u8], String> {
        let length = usize::try_from(length).map_err(|_| BROKEN)?;
        let (head, rest) = self.0.split_at_checked(length).ok_or(BROKEN)?;
        self.0 = rest;
        Ok(head)
    }

    fn next(&mut self) -> Result<Option<(u64, Value<'a>)>, String> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let tag = self.varint()?;
        let value = match tag & 7 {
            0 => Value::Number(self.varint()?),
            1 => self.bytes(8).map(|_| Value::Other)?,
            2 => {
                let length = self.varint()?;
                Value::Bytes(self.bytes(length)?)
            }
            5 => self.bytes(4).map(|_| Value::Other)?,
            _ => return Err(BROKEN.to_owned()),
        };
        Ok(Some((tag >> 3, value)))
    }
}

/// `Ok` for a model that needs no other file and does not nest beyond reason.
pub(crate) fn check_self_contained(model: &[u8]) -> Result<(), String> {
    let mut fields = Fields(model);
    let (mut graphs, mut functions) = (0, 0);
    while let Some((number, value)) = fields.next()? {
        let Value::Bytes(inner) = value else { continue };
        match number {
            7 => {
                graphs += 1;
                graph(inner, 0)?;
            }
            // training_info: an initialisation and an algorithm, each a graph.
            20 => {
                each(inner, |number, inner| if matches!(number, 1 | 2) { graph(inner, 0) } else { Ok(()) })?
            }
            25 => {
                functions += 1;
                if functions > MODEL_FUNCTIONS_MAX {
                    return Err(format!("it brings more than {MODEL_FUNCTIONS_MAX} functions of its own"));
                }
                each(inner, |number, inner| match number {
                    7 => node(inner, 0),
                    11 => attribute(inner, 0),
                    _ => Ok(()),
                })?;
            }
            _ => {}
        }
    }
    if graphs == 1 { Ok(()) } else { Err(BROKEN.to_owned()) }
}

fn each<'a>(
    message: &'a [u8],
    mut then: impl FnMut(u64, &'a [u8]) -> Result<(), String>,
) -> Result<(), String> {
    let mut fields = Fields(message);
    while let Some((number, value)) = fields.next()? {
        if let Value::Bytes(inner) = value {
            then(number, inner)?;
        }
    }
    Ok(())
}

fn graph(message: &[u8], depth: u32) -> Result<(), String> {
    if depth > GRAPH_DEPTH_MAX {
        return Err(format!("its graphs nest more than {GRAPH_DEPTH_MAX} deep"));
    }
    each(message, |number, inner| match number {
        1 => node(inner, depth),
        5 => tensor(inner),
        15 => sparse_tensor(inner),
        _ => Ok(()),
    })
}

fn node(message: &[u8], depth: u32) -> Result<(), String> {
    each(message, |number, inner| if number == 5 { attribute(inner, depth) } else { Ok(()) })
}

fn attribute(message: &[u8], depth: u32) -> Result<(), String> {
    each(message, |number, inner| match number {
        5 | 10 => tensor(inner),
        6 | 11 => graph(inner, depth + 1),
        22 | 23 => sparse_tensor(inner),
        _ => Ok(()),
    })
}

fn sparse_tensor(message: &[u8]) -> Result<(), String> {
    each(message, |number, inner| if matches!(number, 1 | 2) { tensor(inner) } else { Ok(()) })
}

fn tensor(message: &[u8]) -> Result<(), String> {
    let mut fields = Fields(message);
    while let Some((number, value)) = fields.next()? {
        match (number, value) {
            // external_data, and data_location other than DEFAULT.
            (13, _) | (14, Value::Number(1..)) => {
                return Err("it keeps weights in another file, which is not allowed".to_owned());
            }
            _ => {}
        }
    }
    Ok(())
}
