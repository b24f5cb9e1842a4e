//! The list of models that may run. A hostile model can crash ONNX Runtime on load, so what is not listed is not loaded.

use crate::error::Error;
use crate::limits::{MANIFEST_BYTES_MAX, MODEL_BYTES_MAX};
use crate::onnx;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// One model of the manifest.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ModelEntry {
    /// Its name; requests name it so.
    pub name: String,
    /// Its file, beside the manifest.
    pub file: String,
    /// SHA-256 of the file, lower-case hex.
    pub sha256: String,
    /// Length of the file.
    pub bytes: u64,
    /// Steps of history it sees.
    #[serde(default)]
    pub context: usize,
    /// Steps it forecasts.
    #[serde(default)]
    pub horizon: usize,
    /// Steps of one season it is told of; 0 where the manifest does not say.
    #[serde(default)]
    pub season: usize,
    /// Quantile levels it gives, rising.
    #[serde(default)]
    pub quantiles: Vec<f64>,
    /// What else the manifest says of it.
    #[serde(flatten)]
    pub more: serde_json::Map<String, serde_json::Value>,
}

/// The models that may run.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Manifest {
    /// In the order of the file.
    pub models: Vec<ModelEntry>,
}

/// A model whose bytes were held against the manifest. There is no other way to make one.
#[derive(Clone, Debug)]
pub struct Model {
    entry: ModelEntry,
    bytes: Arc<[u8]>,
}

impl Model {
    /// What the manifest says of it.
    pub fn entry(&self) -> &ModelEntry {
        &self.entry
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// SHA-256 in lower-case hex.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

impl Manifest {
    /// Reads a manifest's JSON.
    pub fn parse(json: &str) -> Result<Self, Error> {
        let fail = |what: String| {
            Error::permanent(format!("the manifest of models is not usable: {what}; reinstall the program"))
        };
        if json.len() > MANIFEST_BYTES_MAX {
            return Err(fail(format!("it is longer than {MANIFEST_BYTES_MAX} bytes")));
        }
        let manifest: Self = serde_json::from_str(json).map_err(|e| fail(e.to_string()).because(e))?;
        for (position, entry) in manifest.models.iter().enumerate() {
            let name = &entry.name;
            if entry.sha256.len() != 64
                || !entry.sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            {
                return Err(fail(format!("the hash of {name:?} is not 64 lower-case hex digits")));
            }
            // The file lies beside the manifest: a name that leads elsewhere is not a name.
            if entry.file.is_empty() || entry.file.contains(['/', '\\', ':']) || entry.file == ".." {
                return Err(fail(format!(
                    "the file of {name:?} is {:?}, which is not a plain file name",
                    entry.file
                )));
            }
            if entry.bytes > MODEL_BYTES_MAX {
                return Err(fail(format!("{name:?} has {} bytes, more than {MODEL_BYTES_MAX}", entry.bytes)));
            }
            if manifest.models[..position].iter().any(|before| before.name == *name) {
                return Err(fail(format!("{name:?} stands in it twice")));
            }
        }
        Ok(manifest)
    }

    /// Reads a manifest file.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).map_err(|e| cannot_read(path, e))?;
        let mut text = String::new();
        file.take(MANIFEST_BYTES_MAX as u64 + 1)
            .read_to_string(&mut text)
            .map_err(|e| cannot_read(path, e))?;
        Self::parse(&text)
    }

    /// The entry of a name.
    pub fn entry(&self, name: &str) -> Option<&ModelEntry> {
        self.models.iter().find(|entry| entry.name == name)
    }

    /// Holds bytes, wherever they come from, against the entry of that name: length, SHA-256, no data outside the file.
    pub fn admit(&self, name: &str, bytes: impl Into<Arc<[u8]>>) -> Result<Model, Error> {
        let entry = self.entry(name).ok_or_else(|| {
            let known: Vec<&str> = self.models.iter().map(|entry| entry.name.as_str()).collect();
            Error::permanent(format!(
                "no model {name:?} in the manifest, which lists {known:?}; choose one of these"
            ))
        })?;
        let bytes: Arc<[u8]> = bytes.into();
        let found = sha256_hex(&bytes);
        if found != entry.sha256 {
            return Err(Error::permanent(format!(
                "refused the model {} ({} bytes): its SHA-256 {found} is not in the manifest, which lists {} for {name:?}. \
                 Restore the file that came with the program; a model of your own needs its hash in manifest.json",
                entry.file,
                bytes.len(),
                entry.sha256,
            )));
        }
        onnx::check_self_contained(&bytes).map_err(|why| {
            Error::permanent(format!(
                "refused the model {} (SHA-256 {found}): {why}. Export it again as one plain file",
                entry.file
            ))
        })?;
        Ok(Model { entry: entry.clone(), bytes })
    }

    /// Reads the model's file in `folder` and [admits](Self::admit) it.
    pub fn load(&self, name: &str, folder: &Path) -> Result<Model, Error> {
        let file = self.entry(name).map(|entry| entry.file.clone()).unwrap_or_default();
        let path = folder.join(&file);
        if file.is_empty() {
            return self.admit(name, Vec::new());
        }
        let opened = File::open(&path).map_err(|e| cannot_read(&path, e))?;
        let mut bytes = Vec::new();
        opened.take(MODEL_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|e| cannot_read(&path, e))?;
        self.admit(name, bytes)
    }
}

fn cannot_read(path: &Path, error: std::io::Error) -> Error {
    Error::permanent(format!(
        "could not read {}: {error}; restore the file that came with the program",
        path.display()
    ))
    .because(error)
}
