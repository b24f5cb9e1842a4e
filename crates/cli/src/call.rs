//! `qm call NAME JSON`: one call as the contract has it.

use crate::SiteArgs;
use crate::docs;
use crate::out::{say, table};
use crate::session::{Outcome, on_site_as, role};
use contract::{Body, Call, GetSeries, Reply, SeriesReply};
use host::Role;
use std::io::Read;

/// Arguments.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The call's name, as docs/calls.md lists it.
    #[arg(required_unless_present = "list")]
    name: Option<String>,
    /// Its fields as JSON; `-` reads them from standard input.
    #[arg(default_value = "{}")]
    body: String,
    /// List the calls with their roles and fields.
    #[arg(long)]
    list: bool,
    /// Ask in a lesser role.
    #[arg(long, default_value = "admin", value_parser = role)]
    role: Role,
}

/// Makes the call and prints the reply as JSON.
pub async fn run(site: &SiteArgs, args: Args) -> Outcome<()> {
    let (false, Some(name)) = (args.list, args.name) else {
        let rows: Vec<Vec<String>> = docs::calls()
            .into_iter()
            .map(|call| vec![call.name.to_owned(), call.role.word().to_owned(), call.fields.join(", ")])
            .collect();
        table(&["Call", "Role", "Fields"], &rows);
        return Ok(());
    };
    let mut body = args.body;
    if body == "-" {
        body.clear();
        std::io::stdin()
            .read_to_string(&mut body)
            .map_err(|e| format!("read the body from standard input: {e}; send UTF-8 text"))?;
    }
    on_site_as(site, args.role, async |session| {
        match session.opened.backend.rpc(&name, &body, &session.actor).await? {
            Body::Json(text) => say(text),
            frame @ Body::Frame(_) if name == GetSeries::NAME => {
                say(series_text(&SeriesReply::decode(&frame)?))
            }
            Body::Frame(bytes) => say(format!("a frame of {} bytes", bytes.len())),
        }
        Ok(())
    })
    .await
}

/// A frame in words that JSON has.
fn series_text(reply: &SeriesReply) -> String {
    let series: Vec<serde_json::Value> = reply
        .series
        .iter()
        .map(|one| {
            serde_json::json!({
                "channel": one.channel, "name": one.name, "unit": one.unit, "low": one.low, "high": one.high,
                "at": one.at, "min": one.min, "max": one.max, "mean": one.mean, "suspect": one.suspect,
            })
        })
        .collect();
    serde_json::json!({ "bucket": reply.bucket, "series": series }).to_string()
}
