//! Bad data, reported; work goes on.

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Used, with doubt.
    Warning,
    /// Not used.
    Error,
}

/// What was found. Screens translate by it; it never changes meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingCode {
    /// The file ends inside a record or a compressed stream.
    Truncated,
    /// The file is not text.
    NotText,
    /// A column the import needs is not in the file.
    MissingColumn,
    /// A column of the file is not used.
    IgnoredColumn,
    /// A row has another number of fields than the header.
    WrongFieldCount,
    /// A needed field is empty.
    EmptyField,
    /// The text is not a number.
    NotANumber,
    /// The text is not a date, or not one the column's format allows.
    NotADate,
    /// Day and month can't be told apart in this column.
    AmbiguousDate,
    /// The number is outside what can be.
    OutOfRange,
    /// The row is in the file or the store already.
    Duplicate,
    /// No lead time known: the site's default is assumed.
    AssumedLeadTime,
    /// No stock on hand known: zero is assumed.
    AssumedOnHand,
    /// No unit cost known: the site's default is assumed.
    AssumedUnitCost,
    /// No pack size known: the site's default is assumed.
    AssumedPackSize,
    /// No supplier known.
    AssumedSupplier,
    /// The order history ended long ago: plans are made for the day after its end.
    StaleHistory,
    /// Too little history for a backtest.
    ShortHistory,
    /// A model failed on this series and was left out.
    ModelFailed,
    /// The net could not be run; statistical models were used.
    NetUnavailable,
    /// Latitude or longitude is missing, or not on earth.
    NotAPlace,
    /// The text is not a time of day.
    NotATime,
    /// A window or shift that ends before it begins.
    WindowReversed,
    /// No weight known: none is assumed.
    AssumedWeight,
    /// A vehicle that may load nothing: it is not planned.
    VehicleNoCapacity,
    /// A vehicle whose shift is empty or too short: it is not planned.
    VehicleNoShift,
    /// No road leads to the place, or it lies too far from any.
    Unreachable,
    /// More than any vehicle takes.
    TooLarge,
    /// No vehicle can be there within the window and back within its shift.
    WindowClosed,
    /// There is no map: times and distances are great circle × a factor.
    NoRoads,
    /// The text is no way to a device.
    NotAnEndpoint,
    /// The text is no setup of a device.
    NotASetup,
    /// Thousands and decimals can't be told apart in this column.
    AmbiguousNumber,
    /// No day given: that of the file's other rows is assumed.
    AssumedDay,
    /// Goods to fetch: planned as a visit with this load.
    Pickup,
    /// The file says it, but there is no place to keep it.
    NotKept,
    /// The same row said something else before: this is taken now.
    Corrected,
    /// No names say what columns mean: they are taken by their places.
    ByPosition,
}

/// One thing found, with where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub code: FindingCode,
    /// How much it matters.
    pub severity: Severity,
    /// Line of the file (the header is 1), where it is a line's.
    pub line: Option<u64>,
    /// Column name, SKU or other subject.
    pub subject: String,
    /// The offending text, cut to 80 characters.
    pub detail: String,
}

impl Finding {
    /// A finding on a line of a file.
    pub fn at_line(code: FindingCode, severity: Severity, line: u64, subject: &str, detail: &str) -> Self {
        Self {
            code,
            severity,
            line: Some(line),
            subject: subject.to_owned(),
            detail: detail.chars().take(80).collect(),
        }
    }

    /// A finding on a thing, not a line.
    pub fn about(code: FindingCode, severity: Severity, subject: &str, detail: &str) -> Self {
        Self {
            code,
            severity,
            line: None,
            subject: subject.to_owned(),
            detail: detail.chars().take(80).collect(),
        }
    }
}
