//! What a person sets for the site.

use super::Records;
use crate::file::{first, run};
use crate::{Act, Error, ErrorKind, Result};
use domain::SiteDefaults;
use rusqlite::Connection;
use serde_json::{Value, json};
use units::{Money, Permille, Quantity};

pub(crate) const STEPS: &[(&str, &str)] =
    &[("settings-1", "CREATE TABLE setting(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;")];

/// Where the site's own settings are kept.
const SITE: &str = "site";

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
    /// A manager may approve up to this at once.
    pub approval_limit: Money,
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
            approval_limit: Money(1_000_000),
        }
    }
}

fn settings_json(settings: &SiteSettings) -> Value {
    let defaults = &settings.defaults;
    json!({
        "name": settings.name,
        "time_zone": settings.time_zone,
        "currency": settings.currency,
        "language": settings.language,
        "demo": settings.demo,
        "approval_limit": settings.approval_limit,
        "defaults": {
            "lead_time_days": defaults.lead_time_days,
            "review_period_days": defaults.review_period_days,
            "service_level": defaults.service_level,
            "pack_size": defaults.pack_size,
            "unit_cost": defaults.unit_cost,
        },
    })
}

/// Reads what is there; what an older program did not write keeps its default.
fn read_settings(text: &str) -> Result<SiteSettings> {
    let value: Value = serde_json::from_str(text).map_err(|e| {
        Error::caused(
            ErrorKind::Corrupt,
            "the site's settings are not readable; restore records.db from a backup",
            e,
        )
    })?;
    let mut settings = SiteSettings::default();
    let text = |key: &str, into: &mut String| {
        if let Some(found) = value[key].as_str() {
            found.clone_into(into);
        }
    };
    text("name", &mut settings.name);
    text("time_zone", &mut settings.time_zone);
    text("currency", &mut settings.currency);
    text("language", &mut settings.language);
    settings.demo = value["demo"].as_bool().unwrap_or(settings.demo);
    settings.approval_limit = value["approval_limit"].as_i64().map_or(settings.approval_limit, Money);
    let small = |key: &str, or: u16| {
        value["defaults"][key].as_u64().and_then(|n| u16::try_from(n).ok()).unwrap_or(or)
    };
    let defaults = &mut settings.defaults;
    defaults.lead_time_days = small("lead_time_days", defaults.lead_time_days);
    defaults.review_period_days = small("review_period_days", defaults.review_period_days);
    defaults.service_level = Permille(small("service_level", defaults.service_level.0));
    defaults.pack_size = value["defaults"]["pack_size"].as_i64().map_or(defaults.pack_size, Quantity);
    defaults.unit_cost = value["defaults"]["unit_cost"].as_i64().map_or(defaults.unit_cost, Money);
    Ok(settings)
}

/// Whether the site was made by the simulator.
pub(crate) fn is_demo(db: &Connection) -> Result<bool> {
    Ok(match read_setting(db, SITE)? {
        Some(text) => read_settings(&text)?.demo,
        None => false,
    })
}

fn read_setting(db: &Connection, key: &str) -> Result<Option<String>> {
    first(db, "SELECT value FROM setting WHERE key = ?1", [key], |row| Ok(row.get(0)?))
}

fn write_setting(tx: &Connection, key: &str, value: &str) -> Result<()> {
    run(tx, "INSERT OR REPLACE INTO setting(key, value) VALUES (?1, ?2)", [key, value])?;
    Ok(())
}

/// A setting as the audit shows it: JSON where it is, else the text.
fn shown(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

impl Records {
    /// The site's settings; the defaults where nobody set any.
    pub fn settings(&self) -> Result<SiteSettings> {
        self.file.read("read the settings", |db| {
            read_setting(db, SITE)?.map_or_else(|| Ok(SiteSettings::default()), |text| read_settings(&text))
        })
    }

    /// Saves the site's settings.
    pub fn save_settings(&self, act: &Act, settings: &SiteSettings) -> Result<()> {
        self.put_setting(act, SITE.to_owned(), settings_json(settings).to_string())
    }

    /// Any other setting, as JSON text.
    pub fn setting(&self, key: &str) -> Result<Option<String>> {
        self.file.read("read a setting", |db| read_setting(db, &format!("other/{key}")))
    }

    /// Saves any other setting, as JSON text.
    pub fn save_setting(&self, act: &Act, key: &str, value: &str) -> Result<()> {
        self.put_setting(act, format!("other/{key}"), value.to_owned())
    }

    fn put_setting(&self, act: &Act, key: String, value: String) -> Result<()> {
        self.change("save a setting", act, move |c| {
            let old = read_setting(c.tx, &key)?;
            if old.as_ref() == Some(&value) {
                return Ok(());
            }
            write_setting(c.tx, &key, &value)?;
            c.audit(
                "settings.save",
                &format!("setting {key}"),
                old.as_deref().map(shown),
                Some(shown(&value)),
            )
        })
    }
}
