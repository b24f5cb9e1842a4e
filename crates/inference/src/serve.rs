//! What the child does: reads requests, answers each, until its input ends.

use crate::error::Error;
use crate::manifest::sha256_hex;
use crate::runtime::{LoadedModel, Runtime};
use crate::wire::{Numbered, Reply, Request, pack, read_frame, unpack, write_frame};
use std::collections::BTreeMap;
use std::io::{Read, Write};

#[derive(Default)]
struct Served {
    runtime: Option<Runtime>,
    models: BTreeMap<String, LoadedModel>,
}

/// Answers requests until `from` ends. An error means that the streams are no longer usable and the process should end: after a
/// broken frame nobody knows where the next one starts.
pub fn serve(mut from: impl Read, mut to: impl Write) -> Result<(), Error> {
    let mut served = Served::default();
    let lost = |e: std::io::Error| {
        Error::permanent(format!("the worker's input or output is broken: {e}")).because(e)
    };
    while let Some((header, blob)) = read_frame(&mut from).map_err(lost)? {
        let (id, answer) = match serde_json::from_slice::<Numbered<Request>>(&header) {
            Ok(Numbered { id, body }) => (id, served.answer(body, blob)),
            Err(e) => (0, Err(Error::permanent(format!("a request that is not one: {e}")))),
        };
        let (body, blob) = answer.unwrap_or_else(|error| {
            (Reply::Failed { kind: error.kind(), message: error.to_string() }, Vec::new())
        });
        write_frame(&mut to, &Numbered { id, body }, &blob).map_err(lost)?;
    }
    Ok(())
}

impl Served {
    fn answer(&mut self, request: Request, blob: Vec<u8>) -> Result<(Reply, Vec<u8>), Error> {
        match request {
            Request::Open { library } => {
                let runtime = match &self.runtime {
                    Some(runtime) => runtime,
                    None => self.runtime.insert(Runtime::open(&library)?),
                };
                Ok((Reply::Opened { version: runtime.version().to_owned() }, Vec::new()))
            }
            Request::Load { name, sha256, providers, threads } => {
                let runtime = self
                    .runtime
                    .as_ref()
                    .ok_or_else(|| Error::permanent("a model came before the library was opened"))?;
                // The other side checked it too; this is the last look before C++ reads it.
                let found = sha256_hex(&blob);
                if found != sha256 {
                    return Err(Error::permanent(format!(
                        "refused the model {name:?}: its SHA-256 is {found}, not {sha256}; load it again from its file"
                    )));
                }
                let model = runtime.load(&name, &blob, &providers, threads)?;
                let report = model.report().clone();
                self.models.insert(name, model);
                Ok((Reply::Loaded { report }, Vec::new()))
            }
            Request::Run { model: name, inputs } => {
                let model = self.models.get_mut(&name).ok_or_else(|| {
                    Error::permanent(format!("the model {name:?} is not loaded; load it first"))
                })?;
                let outputs = model.run(unpack(inputs, &blob)?)?;
                let (outputs, blob) = pack(&outputs);
                Ok((Reply::Ran { outputs }, blob))
            }
        }
    }
}
