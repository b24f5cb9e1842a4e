//! `qm report`: the daily report as files.

use crate::SiteArgs;
use crate::out::say;
use crate::session::{Outcome, on_site};
use base64::Engine;
use contract::{FileReply, Language, MakeDailyReport, ReadReportFile};
use std::path::{Path, PathBuf};
use units::Day;

/// Arguments.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The day, as YYYY-MM-DD; without it the site's today.
    #[arg(long, value_parser = day)]
    day: Option<Day>,
    /// Its language.
    #[arg(long, default_value = "en")]
    lang: Lang,
    /// Also write the files here; the site's folder keeps them in any case.
    #[arg(long)]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Lang {
    /// English.
    En,
    /// Simplified Chinese.
    Zh,
}

fn day(text: &str) -> Result<Day, String> {
    Day::parse(text).ok_or_else(|| "write YYYY-MM-DD".to_owned())
}

/// Makes the report and lists its files.
pub async fn run(site: &SiteArgs, args: Args) -> Outcome<()> {
    let language = match args.lang {
        Lang::En => Language::En,
        Lang::Zh => Language::ZhHans,
    };
    on_site(site, async |session| {
        let set = session.call(MakeDailyReport { day: args.day, language }).await?;
        for made in &set.files {
            let place = match &args.out {
                Some(folder) => {
                    let file = session.call(ReadReportFile { name: made.name.clone() }).await?;
                    write_file(folder, &file)?.display().to_string()
                }
                None => made.name.clone(),
            };
            say(format!("{:>9} bytes  {}  {place}", made.bytes, &made.sha256[..made.sha256.len().min(12)]));
        }
        Ok(())
    })
    .await
}

/// Writes a file that a call answered with.
pub fn write_file(folder: &Path, file: &FileReply) -> Outcome<PathBuf> {
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(&file.base64)
        .map_err(|e| format!("read {}: {e}; this is a mistake in the program", file.name))?;
    // The owner names it; it stays in the folder all the same.
    let name =
        Path::new(&file.name).file_name().ok_or_else(|| format!("write {:?}: it has no name", file.name))?;
    let path = folder.join(name);
    std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, bytes)).map_err(|e| {
        format!("write {}: {e}; check the disk, or choose another folder with --out", path.display())
    })?;
    Ok(path)
}
