//! `qm scan flow`: a task done with a scanner, from the terminal: inputs given, read from standard input, or from a scanner of the site.

use crate::out::{self, say};
use crate::session::{Outcome, Session};
use contract::{AwaitScans, ScanFlow, ScanInput, ScanStep, ScanStepped};
use std::io::BufRead;

/// Arguments.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// `receive`, `put-away`, `move`, `pick` or `count`.
    task: String,
    /// What is read and typed, in its order: codes (`\x1d` stands for GS), numbers of up to six digits, and the words `enter`, `undo`,
    /// `cancel`, `all`, or `#2` for the second answer. Without any, each line of standard input is one.
    inputs: Vec<String>,
    /// Take the codes from this scanner of the site, by its name, until Ctrl-C; codes and words from standard input are not read.
    #[arg(long, value_name = "NAME", conflicts_with = "inputs")]
    device: Option<String>,
    /// The bin that goods are received in and put away from.
    #[arg(long, value_name = "CODE")]
    home: Option<String>,
    /// Print each answer as JSON.
    #[arg(long)]
    json: bool,
}

/// What a word says.
pub fn input(text: &str) -> ScanInput {
    let text = text.replace("\\x1d", "\u{1d}");
    match text.trim() {
        "enter" | "" => ScanInput::Enter,
        "undo" => ScanInput::Undo,
        "cancel" => ScanInput::Cancel,
        "all" => ScanInput::All,
        word => match word.strip_prefix('#').and_then(|n| n.parse::<u32>().ok()).filter(|n| *n > 0) {
            Some(place) => ScanInput::Choose(place - 1),
            None => ScanInput::Typed(text),
        },
    }
}

/// Runs the task; whether nothing in it was wrong.
pub async fn run(session: &Session, args: Args) -> Outcome<bool> {
    let mut flow = ScanFlow { task: args.task.clone(), ..ScanFlow::default() };
    if let Some(code) = &args.home {
        let found = session.call(contract::ExplainScan { text: code.clone() }).await?;
        let bin = found.here.iter().find_map(|here| match here {
            contract::ScanHere::Bin { bin, .. } => Some(*bin),
            _ => None,
        });
        flow.home = Some(bin.ok_or_else(|| format!("there is no bin {code}; check the code"))?);
    }
    let mut desk = Desk { session, flow, json: args.json, right: true };
    desk.take(ScanInput::Look, "").await?;
    if let Some(name) = args.device {
        let mut after = 0;
        loop {
            let heard = session.call(AwaitScans { after }).await?;
            after = heard.last;
            for scan in heard.scans.into_iter().filter(|scan| scan.name == name) {
                let text = format!("{}{}", scan.symbology.unwrap_or_default(), scan.text);
                desk.take(ScanInput::Scan(text), &scan.text).await?;
            }
        }
    }
    if args.inputs.is_empty() {
        for line in std::io::stdin().lock().lines() {
            let line = line?;
            desk.take(input(&line), &line).await?;
        }
    }
    for text in &args.inputs {
        desk.take(input(text), text).await?;
    }
    Ok(desk.right)
}

struct Desk<'s> {
    session: &'s Session,
    flow: ScanFlow,
    json: bool,
    right: bool,
}

impl Desk<'_> {
    async fn take(&mut self, input: ScanInput, read: &str) -> Outcome<()> {
        let reply = self
            .session
            .call(ScanStep { flow: self.flow.clone(), input: input.clone(), key: String::new() })
            .await?;
        self.right &= reply.feedback != "wrong";
        if self.json {
            out::json(&reply)?;
        } else if input != ScanInput::Look {
            print(read, &reply);
        }
        self.flow = reply.flow;
        Ok(())
    }
}

fn print(read: &str, reply: &ScanStepped) {
    let shape = match reply.feedback.as_str() {
        "done" => "✔",
        "wrong" => "✕",
        "ask" => "?",
        _ => "✓",
    };
    let read = if read.is_empty() { "enter" } else { read };
    let told = match &reply.fault {
        Some(fault) => format!("the code is wrong: {} at character {}", fault.kind, fault.from + 1),
        None => sentence(&reply.told.code, &reply.told.parts),
    };
    say(format!("{shape} {}: {told}", read.replace('\u{1d}', "<GS>")));
    for (at, choice) in reply.choices.iter().enumerate() {
        let quantity = choice.quantity.map(|q| format!(" · {q}")).unwrap_or_default();
        say(format!("    #{} {} {}{quantity}", at + 1, choice.code, choice.name));
    }
    if reply.feedback != "wrong" && reply.choices.is_empty() {
        say(format!("    next: {}", reply.want));
    }
}

/// What is told, in words; parts fill the places.
pub fn sentence(code: &str, parts: &[String]) -> String {
    let template = match code {
        "Bin" => "bin taken",
        "Goods" => "goods taken",
        "Unit" => "handling unit taken",
        "Document" => "document taken",
        "Quantity" => "quantity taken",
        "Lot" => "lot taken",
        "Undone" => "the last scan is taken back",
        "Cancelled" => "everything is forgotten",
        "Received" => "received {0} × {1} in {3}",
        "PutAway" => "put away {0} × {1} in {3}",
        "Moved" => "moved {0} × {1} from {2} to {3}",
        "UnitMoved" => "moved handling unit {1} from {2} to {3}",
        "Picked" => "picked {0} × {1} from {2}",
        "Counted" => "counted {0} × {1} in {2}",
        "Recount" => "counted {0} × {1} in {2}; another person counts it again",
        "TakenBack" => "the booking is taken back",
        "Which" => "{0} can be several things; choose one",
        "WhichLot" => "which lot? choose one, or read its label",
        "Earlier" => "lot {0} expires earlier, on {1}, in {2}; enter: take this one all the same",
        "Over" => "only {0} more were expected; enter: so many came",
        "Unexpected" => "the shipment does not name it; enter: it came all the same",
        "TakeBack" => "take the last booking back? enter: yes",
        "Unknown" => "nothing here has the code {0}",
        "NotHere" => "this task has no use for it",
        "OtherItem" => "{0} was read first; book it, or undo",
        "OtherLot" => "lot {0} was read first, this is {1}",
        "OtherBin" => "bin {0} was read first, this is {1}",
        "SameBin" => "it is in that bin already",
        "FinishFirst" => "finish what was read before, or undo",
        "NotThere" => "nothing of it stands in {0}",
        "Nowhere" => "nothing of it is here to be taken",
        "MoreThanThere" => "only {0} stand there",
        "LotNotThere" => "nothing of lot {0} stands there",
        "Expired" => "lot {0} was good until {1}",
        "Held" => "lot {0} is {1}",
        "OtherDay" => "lot {0} is on record until {1}, the label says {2}",
        "SerialTwice" => "serial number {0} was read already",
        "SerialHere" => "serial number {0} is here already",
        "SerialElsewhere" => "serial number {0} is in {1}",
        "SerialGone" => "serial number {0} is not here",
        "Serials" => "with serial numbers, read each one",
        "NotWanted" => "the order wants no more of it",
        "MoreThanWanted" => "the order wants only {0} more",
        "UnitEmpty" => "nothing is in this handling unit",
        "UnitUnknown" => "this handling unit is not known here; receive it first",
        "UnitElsewhere" => "this handling unit stands in {0}",
        "WrongQuantity" => "that is no quantity to book",
        "Whole" => "a handling unit moves as a whole; read the bin it goes to",
        "GoodsFirst" => "read the goods and their bin first",
        "NothingSaid" => "nothing was read yet",
        "NotYet" => "something is missing",
        "NothingAsked" => "nothing was asked",
        "TooMuch" => "type so many as a number",
        "DocumentOver" => "{0} is over: {1}",
        "Misread" => "a label of ours that was read wrongly; read it again",
        _ => "{0}",
    };
    parts
        .iter()
        .enumerate()
        .fold(template.to_owned(), |text, (at, part)| text.replace(&format!("{{{at}}}"), part))
}
