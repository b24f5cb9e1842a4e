//! Which folder a site lives in. Demo and real sites never share one.

use crate::error::{Error, Result};
use crate::places;
use std::path::{Path, PathBuf};

/// Says in the folder which kind it is; written once, when the folder is first owned.
const MARKER: &str = "site.kind";

/// A site by its folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Its data folder.
    pub folder: PathBuf,
    /// Simulated devices and orders.
    pub demo: bool,
}

impl Site {
    /// The folder named, else the user's own: `quartermaster/sites/demo` or `…/main` below the user's data folder.
    pub fn of(folder: Option<PathBuf>, demo: bool) -> Result<Self> {
        let folder = match folder {
            Some(folder) => {
                std::path::absolute(&folder).map_err(|e| Error::on("find the folder", &folder, &e))?
            }
            None => places::sites_dir()
                .ok_or_else(|| {
                    Error::new(
                        "find your data folder: HOME is not set; name the site's folder with --site DIR",
                    )
                })?
                .join(if demo { "demo" } else { "main" }),
        };
        Ok(Self { folder, demo })
    }

    fn kind(&self) -> &'static str {
        if self.demo { "demo" } else { "real" }
    }

    /// Makes the folder where it is missing, for this user only.
    pub(crate) fn make(&self) -> Result<()> {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.folder).map_err(|e| Error::on("make the folder", &self.folder, &e))
    }

    /// Refuses a folder of the other kind.
    pub(crate) fn check_kind(&self) -> Result<()> {
        let marker = self.folder.join(MARKER);
        let known = match std::fs::read_to_string(&marker) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(e) => return Err(Error::on("read", &marker, &e)),
        };
        if known.trim() == self.kind() {
            return Ok(());
        }
        let next = if self.demo {
            "leave --demo out, or choose another folder"
        } else {
            "add --demo, or choose another folder"
        };
        Err(Error::new(format!(
            "open {} as a {} site: it is a {} site; {next}",
            self.folder.display(),
            self.kind(),
            known.trim()
        )))
    }

    /// Notes the kind in a folder that is new. Only the owner of the folder may.
    pub(crate) fn note_kind(&self) -> Result<()> {
        self.check_kind()?;
        let marker = self.folder.join(MARKER);
        if !marker.exists() {
            std::fs::write(&marker, self.kind()).map_err(|e| Error::on("write", &marker, &e))?;
        }
        Ok(())
    }

    /// Where the logs of this site are.
    pub fn logs(&self) -> PathBuf {
        logs_of(&self.folder)
    }
}

pub(crate) fn logs_of(folder: &Path) -> PathBuf {
    folder.join("logs")
}
