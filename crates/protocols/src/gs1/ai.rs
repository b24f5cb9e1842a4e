//! The application identifiers of the GS1 General Specifications, as data: format, checks, title.
//!
//! A code like `310` with a decimal place stands for `3100` to `3105`. No code is the beginning of another, so a string tells
//! by itself where an identifier ends. Which ones need no separator behind them follows from their first two digits alone
//! (figure "element strings with predefined length"), so that a reader knows it of identifiers that are newer than this table.

/// Which characters may stand in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// Digits.
    Digits,
    /// The 82 characters of ISO/IEC 646 that GS1 allows in text.
    Text,
    /// Digits, capitals, `#`, `-`, `/`.
    Part,
    /// Base64 for addresses.
    Base64,
}

/// What a field must be besides its characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Nothing.
    Any,
    /// Its last digit is the check digit of the others.
    CheckDigit,
    /// Its last two characters are the check pair of the others.
    CheckPair,
    /// YYMMDD; DD = 00 is the last day of the month.
    Date,
    /// YYMMDD, a day of the calendar.
    Day,
    /// YYYYMMDD.
    LongDay,
    /// Hour and minute.
    HourMinute,
    /// Hour.
    Hour,
    /// Minute or second.
    Sixtieth,
    /// A currency's three digits (ISO 4217).
    Currency,
    /// A country's three digits (ISO 3166).
    Country,
    /// A country's two letters (ISO 3166).
    CountryLetters,
    /// 0 or 1.
    YesNo,
    /// A hyphen, which makes the number before it negative.
    Minus,
    /// Not nothing.
    NotZero,
    /// 0.
    Zero,
    /// Which piece of how many.
    Piece,
}

/// A piece of an identifier's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its characters.
    pub set: Set,
    /// At least so many.
    pub least: u8,
    /// At most so many.
    pub most: u8,
    /// What it must be.
    pub rule: Rule,
    /// It, and what is behind it, may be missing.
    pub optional: bool,
}

/// What the digits behind the code say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Places {
    /// There is no digit behind it: the value is what it is.
    None,
    /// The code's last digit, 0 to this, says how many of the value's digits are behind the decimal point.
    UpTo(u8),
}

/// An application identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ai {
    /// Its digits; without the last one where that counts decimal places.
    pub code: &'static str,
    /// Decimal places.
    pub places: Places,
    /// What its value is made of.
    pub fields: &'static [Field],
    /// GS1's data title.
    pub title: &'static str,
    /// The unit of its number; empty where it has none.
    pub unit: &'static str,
    /// Seen on goods every day: of several ways to read a code without separators the everyday one is likelier.
    pub everyday: bool,
}

impl Ai {
    /// How many characters its value has at least and at most.
    pub fn length(&self) -> (usize, usize) {
        let least = self.fields.iter().filter(|field| !field.optional).map(|field| usize::from(field.least));
        (least.sum(), self.fields.iter().map(|field| usize::from(field.most)).sum())
    }

    /// How many digits its code has.
    pub fn code_digits(&self) -> usize {
        self.code.len() + usize::from(self.places != Places::None)
    }
}

/// So many digits.
const fn n(digits: u8) -> Field {
    Field { set: Set::Digits, least: digits, most: digits, rule: Rule::Any, optional: false }
}

/// One to so many digits.
const fn up_to(digits: u8) -> Field {
    Field { set: Set::Digits, least: 1, most: digits, rule: Rule::Any, optional: false }
}

/// One to so many characters of text.
const fn x(most: u8) -> Field {
    Field { set: Set::Text, least: 1, most, rule: Rule::Any, optional: false }
}

/// Exactly so many characters of text.
const fn xs(count: u8) -> Field {
    Field { set: Set::Text, least: count, most: count, rule: Rule::Any, optional: false }
}

const fn is(field: Field, rule: Rule) -> Field {
    Field { rule, ..field }
}

const fn may(field: Field) -> Field {
    Field { optional: true, ..field }
}

const SSCC: &[Field] = &[is(n(18), Rule::CheckDigit)];
const GTIN: &[Field] = &[is(n(14), Rule::CheckDigit)];
const GLN: &[Field] = &[is(n(13), Rule::CheckDigit)];
const SIX: &[Field] = &[n(6)];
const DATE: &[Field] = &[is(n(6), Rule::Date)];
const DAY: &[Field] = &[is(n(6), Rule::Day)];
const MOMENT: &[Field] = &[is(n(6), Rule::Date), is(n(4), Rule::HourMinute)];
const COUNTRY: &[Field] = &[is(n(3), Rule::Country)];
const COUNTRIES: &[Field] = &[
    is(n(3), Rule::Country),
    may(is(n(3), Rule::Country)),
    may(is(n(3), Rule::Country)),
    may(is(n(3), Rule::Country)),
    may(is(n(3), Rule::Country)),
];
const PIECE: &[Field] = &[is(n(14), Rule::CheckDigit), is(n(4), Rule::Piece)];
const PROCESSOR: &[Field] = &[is(n(3), Rule::Country), x(27)];
const CERTIFICATE: &[Field] = &[xs(2), x(28)];
const TEMPERATURE: &[Field] = &[n(6), may(is(xs(1), Rule::Minus))];
const YES_NO: &[Field] = &[is(n(1), Rule::YesNo)];

const fn ai(code: &'static str, fields: &'static [Field], title: &'static str) -> Ai {
    Ai { code, places: Places::None, fields, title, unit: "", everyday: false }
}

const fn daily(code: &'static str, fields: &'static [Field], title: &'static str) -> Ai {
    Ai { everyday: true, ..ai(code, fields, title) }
}

/// A measure: six digits, and in the code how many of them are decimal places.
const fn measure(code: &'static str, title: &'static str, unit: &'static str) -> Ai {
    Ai { places: Places::UpTo(5), unit, ..ai(code, SIX, title) }
}

const fn placed(code: &'static str, most: u8, fields: &'static [Field], title: &'static str) -> Ai {
    Ai { places: Places::UpTo(most), ..ai(code, fields, title) }
}

/// All of them, by code.
pub static AIS: &[Ai] = &[
    daily("00", SSCC, "SSCC"),
    daily("01", GTIN, "GTIN"),
    daily("02", GTIN, "CONTENT"),
    ai("03", GTIN, "MTO GTIN"),
    daily("10", &[x(20)], "BATCH/LOT"),
    daily("11", DATE, "PROD DATE"),
    ai("12", DATE, "DUE DATE"),
    daily("13", DATE, "PACK DATE"),
    daily("15", DATE, "BEST BEFORE"),
    ai("16", DATE, "SELL BY"),
    daily("17", DATE, "EXPIRY"),
    ai("20", &[n(2)], "VARIANT"),
    daily("21", &[x(20)], "SERIAL"),
    ai("22", &[x(20)], "CPV"),
    ai("235", &[x(28)], "TPX"),
    daily("240", &[x(30)], "ADDITIONAL ID"),
    ai("241", &[x(30)], "CUST. PART No."),
    ai("242", &[up_to(6)], "MTO VARIANT"),
    ai("243", &[x(20)], "PCN"),
    ai("250", &[x(30)], "SECONDARY SERIAL"),
    ai("251", &[x(30)], "REF. TO SOURCE"),
    ai("253", &[is(n(13), Rule::CheckDigit), may(x(17))], "GDTI"),
    ai("254", &[x(20)], "GLN EXTENSION COMPONENT"),
    ai("255", &[is(n(13), Rule::CheckDigit), may(up_to(12))], "GCN"),
    daily("30", &[up_to(8)], "VAR. COUNT"),
    Ai { everyday: true, ..measure("310", "NET WEIGHT", "kg") },
    measure("311", "LENGTH", "m"),
    measure("312", "WIDTH", "m"),
    measure("313", "HEIGHT", "m"),
    measure("314", "AREA", "m²"),
    measure("315", "NET VOLUME", "l"),
    measure("316", "NET VOLUME", "m³"),
    measure("320", "NET WEIGHT", "lb"),
    measure("321", "LENGTH", "in"),
    measure("322", "LENGTH", "ft"),
    measure("323", "LENGTH", "yd"),
    measure("324", "WIDTH", "in"),
    measure("325", "WIDTH", "ft"),
    measure("326", "WIDTH", "yd"),
    measure("327", "HEIGHT", "in"),
    measure("328", "HEIGHT", "ft"),
    measure("329", "HEIGHT", "yd"),
    measure("330", "GROSS WEIGHT", "kg"),
    measure("331", "LENGTH, log", "m"),
    measure("332", "WIDTH, log", "m"),
    measure("333", "HEIGHT, log", "m"),
    measure("334", "AREA, log", "m²"),
    measure("335", "VOLUME, log", "l"),
    measure("336", "VOLUME, log", "m³"),
    measure("337", "KG PER m²", "kg/m²"),
    measure("340", "GROSS WEIGHT", "lb"),
    measure("341", "LENGTH, log", "in"),
    measure("342", "LENGTH, log", "ft"),
    measure("343", "LENGTH, log", "yd"),
    measure("344", "WIDTH, log", "in"),
    measure("345", "WIDTH, log", "ft"),
    measure("346", "WIDTH, log", "yd"),
    measure("347", "HEIGHT, log", "in"),
    measure("348", "HEIGHT, log", "ft"),
    measure("349", "HEIGHT, log", "yd"),
    measure("350", "AREA", "in²"),
    measure("351", "AREA", "ft²"),
    measure("352", "AREA", "yd²"),
    measure("353", "AREA, log", "in²"),
    measure("354", "AREA, log", "ft²"),
    measure("355", "AREA, log", "yd²"),
    measure("356", "NET WEIGHT", "tr oz"),
    measure("357", "NET VOLUME", "oz"),
    measure("360", "NET VOLUME", "qt"),
    measure("361", "NET VOLUME", "gal"),
    measure("362", "VOLUME, log", "qt"),
    measure("363", "VOLUME, log", "gal"),
    measure("364", "NET VOLUME", "in³"),
    measure("365", "NET VOLUME", "ft³"),
    measure("366", "NET VOLUME", "yd³"),
    measure("367", "VOLUME, log", "in³"),
    measure("368", "VOLUME, log", "ft³"),
    measure("369", "VOLUME, log", "yd³"),
    daily("37", &[up_to(8)], "COUNT"),
    placed("390", 9, &[up_to(15)], "AMOUNT"),
    placed("391", 9, &[is(n(3), Rule::Currency), up_to(15)], "AMOUNT"),
    placed("392", 9, &[up_to(15)], "PRICE"),
    placed("393", 9, &[is(n(3), Rule::Currency), up_to(15)], "PRICE"),
    placed("394", 3, &[n(4)], "PRCNT OFF"),
    placed("395", 5, &[n(6)], "PRICE/UoM"),
    daily("400", &[x(30)], "ORDER NUMBER"),
    ai("401", &[x(30)], "GINC"),
    ai("402", &[is(n(17), Rule::CheckDigit)], "GSIN"),
    ai("403", &[x(30)], "ROUTE"),
    ai("410", GLN, "SHIP TO LOC"),
    ai("411", GLN, "BILL TO"),
    ai("412", GLN, "PURCHASE FROM"),
    ai("413", GLN, "SHIP FOR LOC"),
    daily("414", GLN, "LOC No."),
    ai("415", GLN, "PAY TO"),
    ai("416", GLN, "PROD/SERV LOC"),
    ai("417", GLN, "PARTY"),
    daily("420", &[x(20)], "SHIP TO POST"),
    ai("421", &[is(n(3), Rule::Country), x(9)], "SHIP TO POST"),
    ai("422", COUNTRY, "ORIGIN"),
    ai("423", COUNTRIES, "COUNTRY - INITIAL PROCESS"),
    ai("424", COUNTRY, "COUNTRY - PROCESS"),
    ai("425", COUNTRIES, "COUNTRY - DISASSEMBLY"),
    ai("426", COUNTRY, "COUNTRY - FULL PROCESS"),
    ai("427", &[x(3)], "ORIGIN SUBDIVISION"),
    ai("4300", &[x(35)], "SHIP TO COMP"),
    ai("4301", &[x(35)], "SHIP TO NAME"),
    ai("4302", &[x(70)], "SHIP TO ADD1"),
    ai("4303", &[x(70)], "SHIP TO ADD2"),
    ai("4304", &[x(70)], "SHIP TO SUB"),
    ai("4305", &[x(70)], "SHIP TO LOC"),
    ai("4306", &[x(70)], "SHIP TO REG"),
    ai("4307", &[is(xs(2), Rule::CountryLetters)], "SHIP TO COUNTRY"),
    ai("4308", &[x(30)], "SHIP TO PHONE"),
    ai("4309", &[n(20)], "SHIP TO GEO"),
    ai("4310", &[x(35)], "RTN TO COMP"),
    ai("4311", &[x(35)], "RTN TO NAME"),
    ai("4312", &[x(70)], "RTN TO ADD1"),
    ai("4313", &[x(70)], "RTN TO ADD2"),
    ai("4314", &[x(70)], "RTN TO SUB"),
    ai("4315", &[x(70)], "RTN TO LOC"),
    ai("4316", &[x(70)], "RTN TO REG"),
    ai("4317", &[is(xs(2), Rule::CountryLetters)], "RTN TO COUNTRY"),
    ai("4318", &[x(20)], "RTN TO POST"),
    ai("4319", &[x(30)], "RTN TO PHONE"),
    ai("4320", &[x(35)], "SRV DESCRIPTION"),
    ai("4321", YES_NO, "DANGEROUS GOODS"),
    ai("4322", YES_NO, "AUTH TO LEAVE"),
    ai("4323", YES_NO, "SIG REQUIRED"),
    ai("4324", MOMENT, "NOT BEF DEL DT"),
    ai("4325", MOMENT, "NOT AFT DEL DT"),
    ai("4326", DAY, "REL DATE"),
    ai("4330", TEMPERATURE, "MAX TEMP F"),
    ai("4331", TEMPERATURE, "MAX TEMP C"),
    ai("4332", TEMPERATURE, "MIN TEMP F"),
    ai("4333", TEMPERATURE, "MIN TEMP C"),
    ai("7001", &[n(13)], "NSN"),
    ai("7002", &[x(30)], "MEAT CUT"),
    ai("7003", &[is(n(6), Rule::Day), is(n(4), Rule::HourMinute)], "EXPIRY TIME"),
    ai("7004", &[up_to(4)], "ACTIVE POTENCY"),
    ai("7005", &[x(12)], "CATCH AREA"),
    ai("7006", DAY, "FIRST FREEZE DATE"),
    ai("7007", &[is(n(6), Rule::Day), may(is(n(6), Rule::Day))], "HARVEST DATE"),
    ai("7008", &[x(3)], "AQUATIC SPECIES"),
    ai("7009", &[x(10)], "FISHING GEAR TYPE"),
    ai("7010", &[x(2)], "PROD METHOD"),
    ai("7011", &[is(n(6), Rule::Day), may(is(n(4), Rule::HourMinute))], "TEST BY DATE"),
    ai("7020", &[x(20)], "REFURB LOT"),
    ai("7021", &[x(20)], "FUNC STAT"),
    ai("7022", &[x(20)], "REV STAT"),
    ai("7023", &[x(30)], "GIAI - ASSEMBLY"),
    ai("7030", PROCESSOR, "PROCESSOR # 0"),
    ai("7031", PROCESSOR, "PROCESSOR # 1"),
    ai("7032", PROCESSOR, "PROCESSOR # 2"),
    ai("7033", PROCESSOR, "PROCESSOR # 3"),
    ai("7034", PROCESSOR, "PROCESSOR # 4"),
    ai("7035", PROCESSOR, "PROCESSOR # 5"),
    ai("7036", PROCESSOR, "PROCESSOR # 6"),
    ai("7037", PROCESSOR, "PROCESSOR # 7"),
    ai("7038", PROCESSOR, "PROCESSOR # 8"),
    ai("7039", PROCESSOR, "PROCESSOR # 9"),
    ai("7040", &[n(1), xs(3)], "UIC+EXT"),
    ai("7041", &[x(4)], "UFRGT UNIT TYPE"),
    ai("710", &[x(20)], "NHRN PZN"),
    ai("711", &[x(20)], "NHRN CIP"),
    ai("712", &[x(20)], "NHRN CN"),
    ai("713", &[x(20)], "NHRN DRN"),
    ai("714", &[x(20)], "NHRN AIM"),
    ai("715", &[x(20)], "NHRN NDC"),
    ai("716", &[x(20)], "NHRN AIC"),
    ai("717", &[x(20)], "NHRN SRN"),
    ai("7230", CERTIFICATE, "CERT # 1"),
    ai("7231", CERTIFICATE, "CERT # 2"),
    ai("7232", CERTIFICATE, "CERT # 3"),
    ai("7233", CERTIFICATE, "CERT # 4"),
    ai("7234", CERTIFICATE, "CERT # 5"),
    ai("7235", CERTIFICATE, "CERT # 6"),
    ai("7236", CERTIFICATE, "CERT # 7"),
    ai("7237", CERTIFICATE, "CERT # 8"),
    ai("7238", CERTIFICATE, "CERT # 9"),
    ai("7239", CERTIFICATE, "CERT # 10"),
    ai("7240", &[x(20)], "PROTOCOL"),
    ai("7241", &[n(2)], "AIDC MEDIA TYPE"),
    ai("7242", &[x(25)], "VCN"),
    ai("7250", &[is(n(8), Rule::LongDay)], "DOB"),
    ai("7251", &[is(n(8), Rule::LongDay), is(n(4), Rule::HourMinute)], "DOB TIME"),
    ai("7252", &[n(1)], "BIO SEX"),
    ai("7253", &[x(40)], "FAMILY NAME"),
    ai("7254", &[x(40)], "GIVEN NAME"),
    ai("7255", &[x(10)], "SUFFIX"),
    ai("7256", &[x(90)], "FULL NAME"),
    ai("7257", &[x(70)], "PERSON ADDR"),
    ai("7258", &[xs(3)], "BIRTH SEQUENCE"),
    ai("7259", &[x(40)], "BABY"),
    ai(
        "8001",
        &[is(n(4), Rule::NotZero), is(n(5), Rule::NotZero), is(n(3), Rule::NotZero), n(2)],
        "DIMENSIONS",
    ),
    ai("8002", &[x(20)], "CMT No."),
    ai("8003", &[is(n(1), Rule::Zero), is(n(13), Rule::CheckDigit), may(x(16))], "GRAI"),
    ai("8004", &[x(30)], "GIAI"),
    ai("8005", &[n(6)], "PRICE PER UNIT"),
    ai("8006", PIECE, "ITIP"),
    ai("8007", &[x(34)], "IBAN"),
    ai(
        "8008",
        &[
            is(n(6), Rule::Day),
            is(n(2), Rule::Hour),
            may(is(n(2), Rule::Sixtieth)),
            may(is(n(2), Rule::Sixtieth)),
        ],
        "PROD TIME",
    ),
    ai("8009", &[x(50)], "OPTSEN"),
    ai("8010", &[Field { set: Set::Part, ..x(30) }], "CPID"),
    ai("8011", &[up_to(12)], "CPID SERIAL"),
    ai("8012", &[x(20)], "VERSION"),
    ai("8013", &[is(x(25), Rule::CheckPair)], "GMN"),
    ai("8014", &[is(x(25), Rule::CheckPair)], "MUDI"),
    ai("8017", SSCC, "GSRN - PROVIDER"),
    ai("8018", SSCC, "GSRN - RECIPIENT"),
    ai("8019", &[up_to(10)], "SRIN"),
    ai("8020", &[x(25)], "REF No."),
    ai("8026", PIECE, "ITIP CONTENT"),
    ai("8030", &[Field { set: Set::Base64, ..x(90) }], "DIGSIG"),
    ai("8040", &[n(15)], "IMEI"),
    ai("8041", &[n(15)], "IMEI2"),
    ai("8042", &[n(32)], "ESIM"),
    ai("8043", &[n(18), may(up_to(2))], "PSIM"),
    ai("8110", &[x(70)], "COUPON"),
    ai("8111", &[n(4)], "POINTS"),
    ai("8112", &[x(70)], "COUPON OFFER"),
    ai("8200", &[x(70)], "PRODUCT URL"),
    ai("90", &[x(30)], "INTERNAL"),
    ai("91", &[x(90)], "INTERNAL"),
    ai("92", &[x(90)], "INTERNAL"),
    ai("93", &[x(90)], "INTERNAL"),
    ai("94", &[x(90)], "INTERNAL"),
    ai("95", &[x(90)], "INTERNAL"),
    ai("96", &[x(90)], "INTERNAL"),
    ai("97", &[x(90)], "INTERNAL"),
    ai("98", &[x(90)], "INTERNAL"),
    ai("99", &[x(90)], "INTERNAL"),
];

/// The identifier that these characters begin with, and how many of them its code takes.
pub fn starting(text: &[char]) -> Option<(&'static Ai, usize)> {
    let mut digits = [0_u8; 4];
    let mut count = 0;
    for (place, c) in digits.iter_mut().zip(text) {
        if !c.is_ascii_digit() {
            break;
        }
        *place = *c as u8;
        count += 1;
    }
    for length in 2..=count {
        // By code, so a search by halves finds it; decimal places are the digit behind.
        let Ok(at) = AIS.binary_search_by(|ai| ai.code.as_bytes().cmp(&digits[..length])) else { continue };
        let ai = AIS.get(at)?;
        return match ai.places {
            Places::None => Some((ai, length)),
            Places::UpTo(most) if length < count && digits[length] - b'0' <= most => Some((ai, length + 1)),
            Places::UpTo(_) => None,
        };
    }
    None
}

/// The identifier with this code, places included: `310` has none, `3103` has.
pub fn find(code: &str) -> Option<&'static Ai> {
    let chars: Vec<char> = code.chars().collect();
    starting(&chars).filter(|(_, length)| *length == chars.len()).map(|(ai, _)| ai)
}

/// How many characters, code included, an element string has whose first two digits are these, where that is laid down once
/// for all; behind those no separator is needed.
pub fn predefined(first_two: &str) -> Option<usize> {
    Some(match first_two {
        "00" => 20,
        "01" | "02" | "03" => 16,
        "04" => 18,
        "11" | "12" | "13" | "14" | "15" | "16" | "17" | "18" | "19" => 8,
        "20" => 4,
        "31" | "32" | "33" | "34" | "35" | "36" => 10,
        "41" => 16,
        _ => return None,
    })
}

/// The letters of the currencies that trade most, by their digits; others are shown by their digits.
pub fn currency(digits: &str) -> Option<&'static str> {
    Some(match digits {
        "036" => "AUD",
        "124" => "CAD",
        "156" => "CNY",
        "203" => "CZK",
        "208" => "DKK",
        "344" => "HKD",
        "348" => "HUF",
        "356" => "INR",
        "360" => "IDR",
        "376" => "ILS",
        "392" => "JPY",
        "410" => "KRW",
        "458" => "MYR",
        "484" => "MXN",
        "554" => "NZD",
        "578" => "NOK",
        "608" => "PHP",
        "682" => "SAR",
        "702" => "SGD",
        "704" => "VND",
        "710" => "ZAR",
        "752" => "SEK",
        "756" => "CHF",
        "764" => "THB",
        "784" => "AED",
        "826" => "GBP",
        "840" => "USD",
        "901" => "TWD",
        "946" => "RON",
        "949" => "TRY",
        "978" => "EUR",
        "985" => "PLN",
        "986" => "BRL",
        _ => return None,
    })
}

/// Whether a field of this set may hold the character.
pub fn allowed(set: Set, c: char) -> bool {
    match set {
        Set::Digits => c.is_ascii_digit(),
        Set::Text => text_value(c).is_some(),
        Set::Part => c.is_ascii_digit() || c.is_ascii_uppercase() || matches!(c, '#' | '-' | '/'),
        Set::Base64 => c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '='),
    }
}

/// The place of a character among the 82 of GS1's text.
pub fn text_value(c: char) -> Option<u32> {
    const TEXT: &str = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
    // All of it is ASCII, so a byte's place is the character's.
    let byte = u8::try_from(c).ok()?;
    TEXT.bytes().position(|one| one == byte).and_then(|at| u32::try_from(at).ok())
}
