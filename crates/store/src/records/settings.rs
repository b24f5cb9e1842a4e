//! What a person sets for the site.

use super::Records;
use crate::{Act, Result};
use domain::SiteDefaults;

/// The site as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteSettings {
    /// Its name.
    pub name: String,
    /// Its zone, as IANA names it: `Asia/Shanghai`.
    pub time_zone: String,
    /// Its currency: `CNY`.
    pub currency: String,
    /// Its language: `en` or `zh-CN`.
    pub language: String,
    /// Made by the simulator: a banner says so.
    pub demo: bool,
    /// What is assumed where a file is silent.
    pub defaults: SiteDefaults,
}

impl Default for SiteSettings {
    fn default() -> Self {
        Self {
            name: "Site".to_owned(),
            time_zone: "UTC".to_owned(),
            currency: "USD".to_owned(),
            language: "en".to_owned(),
            demo: false,
            defaults: SiteDefaults::default(),
        }
    }
}

impl Records {
    /// The site's settings; the defaults where nobody set any.
    pub fn settings(&self) -> Result<SiteSettings> {
        crate::file::later(())
    }

    /// Saves the site's settings.
    pub fn save_settings(&self, act: &Act, settings: &SiteSettings) -> Result<()> {
        crate::file::later((act, settings))
    }

    /// Any other setting, as JSON text.
    pub fn setting(&self, key: &str) -> Result<Option<String>> {
        crate::file::later(key)
    }

    /// Saves any other setting, as JSON text.
    pub fn save_setting(&self, act: &Act, key: &str, value: &str) -> Result<()> {
        crate::file::later((act, key, value))
    }
}
