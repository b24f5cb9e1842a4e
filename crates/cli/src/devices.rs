//! `qm ports` and `qm devices`.

use crate::SiteArgs;
use crate::out::{self, count, say, table};
use crate::session::{Outcome, on_site};
use contract::{ListDevices, ListPorts};

/// Arguments.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Print them as JSON.
    #[arg(long)]
    json: bool,
}

/// Lists ports.
pub async fn ports(site: &SiteArgs, args: Args) -> Outcome<()> {
    on_site(site, async |session| {
        let rows = session.call(ListPorts {}).await?;
        if args.json {
            out::json(&rows)?;
        } else if rows.is_empty() {
            say("This machine has no serial port. Plug the device in and try again.");
        } else {
            let cells: Vec<_> = rows
                .into_iter()
                .map(|row| vec![row.path, row.description, row.used_by.unwrap_or_else(|| "-".to_owned())])
                .collect();
            table(&["Port", "Description", "Used by"], &cells);
        }
        Ok(())
    })
    .await
}

/// Lists devices.
pub async fn devices(site: &SiteArgs, args: Args) -> Outcome<()> {
    on_site(site, async |session| {
        let rows = session.call(ListDevices {}).await?;
        if args.json {
            out::json(&rows)?;
            return Ok(());
        }
        let cells: Vec<_> = rows
            .iter()
            .map(|row| {
                vec![
                    row.id.to_string(),
                    row.name.clone(),
                    row.endpoint.clone(),
                    row.state.clone(),
                    row.last_seen.map_or("-".to_owned(), |at| at.to_string()),
                    row.channels.to_string(),
                    count(row.frames),
                    count(row.bad_frames),
                    row.reconnects.to_string(),
                    row.fault.clone().unwrap_or_default(),
                ]
            })
            .collect();
        table(
            &[
                ">Id",
                "Name",
                "Endpoint",
                "State",
                "Last seen",
                ">Channels",
                ">Frames",
                ">Bad",
                ">Reconnects",
                "Fault",
            ],
            &cells,
        );
        Ok(())
    })
    .await
}
