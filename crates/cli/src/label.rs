//! `qm label`: labels for bins, handling units, items and lots, as a PDF or PNG.

use crate::SiteArgs;
use crate::out::say;
use crate::report::write_file;
use crate::session::{Outcome, on_site};
use contract::{LabelFormat, LabelOf, LabelSymbol, MakeLabels};
use std::path::PathBuf;

/// Arguments. At least one of what a label is on.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// A bin, by its code; may be given again.
    #[arg(long, value_name = "CODE")]
    bin: Vec<String>,
    /// A handling unit: an SSCC of 18 digits or a code of ours; may be given again.
    #[arg(long, value_name = "CODE")]
    unit: Vec<String>,
    /// An item, by its SKU; may be given again.
    #[arg(long, value_name = "SKU")]
    item: Vec<String>,
    /// Elements with brackets, as a lot has them: (01)09506000134352(10)AB-12(17)271130; may be given again.
    #[arg(long, value_name = "TEXT")]
    code: Vec<String>,
    /// What is printed large on labels of --code.
    #[arg(long, default_value = "")]
    title: String,
    /// The kind of symbol; of GS1 where it carries elements.
    #[arg(long, default_value = "data-matrix")]
    symbol: Kind,
    /// Make elements a GS1 Digital Link below this address, as https://id.example.org.
    #[arg(long, default_value = "")]
    link: String,
    /// How many of each.
    #[arg(long, default_value_t = 1)]
    copies: u16,
    /// Width, mm.
    #[arg(long, default_value_t = 100)]
    width: u16,
    /// Height, mm.
    #[arg(long, default_value_t = 50)]
    height: u16,
    /// The printer's dots an inch.
    #[arg(long, default_value_t = 300)]
    dpi: u16,
    /// A picture of one label instead of a PDF.
    #[arg(long)]
    png: bool,
    /// The folder that the file goes to.
    #[arg(long, default_value = ".")]
    out: PathBuf,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Kind {
    /// Code 128, GS1-128.
    Linear,
    /// Data Matrix.
    DataMatrix,
    /// QR.
    Qr,
}

/// Makes them.
pub async fn run(site: &SiteArgs, args: Args) -> Outcome<()> {
    let title = args.title;
    let labels = (args.bin.into_iter().map(LabelOf::Bin))
        .chain(args.unit.into_iter().map(LabelOf::Unit))
        .chain(args.item.into_iter().map(LabelOf::Sku))
        .chain(args.code.into_iter().map(|text| LabelOf::Code { text, title: title.clone() }))
        .collect();
    let call = MakeLabels {
        labels,
        copies: args.copies,
        symbol: match args.symbol {
            Kind::Linear => LabelSymbol::Linear,
            Kind::DataMatrix => LabelSymbol::DataMatrix,
            Kind::Qr => LabelSymbol::Qr,
        },
        link: args.link,
        width_mm: args.width,
        height_mm: args.height,
        dpi: args.dpi,
        format: if args.png { LabelFormat::Png } else { LabelFormat::Pdf },
    };
    on_site(site, async |session| {
        let file = session.call(call).await?;
        say(write_file(&args.out, &file)?.display().to_string());
        Ok(())
    })
    .await
}
