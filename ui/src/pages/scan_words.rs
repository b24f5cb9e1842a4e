//! The words of codes: their forms, roles, faults and doubts, and what identifiers are called.

use crate::format::Fmt;
use crate::i18n::{Lang, W};
use contract::ScanFault;

pub fn form_word(form: &str) -> W {
    match form {
        "ElementString" => W::FormElementString,
        "Bracketed" => W::FormBracketed,
        "DigitalLink" => W::FormDigitalLink,
        "Ean13" => W::FormEan13,
        "Ean8" => W::FormEan8,
        "UpcA" => W::FormUpcA,
        "UpcE" => W::FormUpcE,
        "Gtin14" => W::FormGtin14,
        "Sscc" => W::FormSscc,
        "Own" => W::FormOwn,
        _ => W::FormText,
    }
}

/// The names of symbols are the same in every language.
pub fn carrier_word(carrier: &str) -> Option<&'static str> {
    Some(match carrier {
        "Gs1128" => "GS1-128",
        "Gs1DataMatrix" => "GS1 DataMatrix",
        "Gs1Qr" => "GS1 QR Code",
        "Gs1DataBar" => "GS1 DataBar",
        "Gs1DotCode" => "GS1 DotCode",
        "Ean13" | "EanAddOn" => "EAN/UPC",
        "Ean8" => "EAN-8",
        "Itf" => "ITF",
        "Code128" => "Code 128",
        "Code39" => "Code 39",
        "DataMatrix" => "Data Matrix",
        "Qr" => "QR Code",
        _ => return None,
    })
}

pub fn role_word(role: &str) -> W {
    match role {
        "Symbology" => W::RoleSymbology,
        "Separator" => W::RoleSeparator,
        "SpareSeparator" => W::RoleSpareSeparator,
        "TypedSeparator" => W::RoleTypedSeparator,
        "Ai" => W::RoleAi,
        "Places" => W::RolePlaces,
        "Value" => W::RoleValue,
        "Date" => W::RoleDate,
        "Time" => W::RoleTime,
        "Country" => W::RoleCountry,
        "Currency" => W::RoleCurrency,
        "Check" => W::RoleCheck,
        "Punctuation" => W::RolePunctuation,
        "Address" => W::RoleAddress,
        "OwnPrefix" => W::RoleOwnPrefix,
        "OwnCode" => W::RoleOwnCode,
        "Ignored" => W::RoleIgnored,
        "AddOn" => W::RoleAddOn,
        "Text" => W::RoleText,
        _ => W::RoleUnknown,
    }
}

/// A doubt, and whether somebody should look.
pub fn note_word(note: &str) -> Option<(W, bool)> {
    Some(match note {
        "NoSeparators" => (W::NoteNoSeparators, true),
        "StandIn" => (W::NoteStandIn, false),
        "Typed" => (W::NoteTyped, true),
        "MissingSeparator" => (W::NoteMissingSeparator, false),
        "InStore" => (W::NoteInStore, false),
        "NearlyGtin" => (W::NoteNearlyGtin, true),
        "NearlyOwn" => (W::NoteNearlyOwn, true),
        _ => return None,
    })
}

/// What is wrong, at which character, and what to do.
pub fn fault_text(fmt: &Fmt, fault: &ScanFault) -> String {
    let at = (fault.from + 1).to_string();
    let ai = if fault.ai.is_empty() { String::new() } else { format!("({})", fault.ai) };
    let found =
        if fault.found.trim().is_empty() && !fault.found.is_empty() { "␠" } else { fault.found.as_str() };
    let count = (fault.to - fault.from).to_string();
    let expected = fault.expected.as_str();
    match fault.kind.as_str() {
        "Empty" => fmt.t(W::FaultEmpty).to_owned(),
        "TooMuch" => fmt.fill(W::FaultTooMuch, &[expected]),
        "UnknownAi" => fmt.fill(W::FaultUnknownAi, &[&at, found]),
        "BadCharacter" => fmt.fill(W::FaultBadCharacter, &[&at, found, &ai, expected]),
        "TooShort" => fmt.fill(W::FaultTooShort, &[&at, &ai, &count, expected]),
        "TooLong" => fmt.fill(W::FaultTooLong, &[&at, &ai, expected]),
        "CheckDigit" => fmt.fill(W::FaultCheckDigit, &[&at, &ai, found, expected]),
        "CheckPair" => fmt.fill(W::FaultCheckPair, &[&at, &ai, found, expected]),
        "BadDate" => fmt.fill(W::FaultBadDate, &[&at, &ai, found, expected]),
        "BadTime" => fmt.fill(W::FaultBadTime, &[&at, &ai, found]),
        "BadValue" => fmt.fill(W::FaultBadValue, &[&at, &ai, found, expected]),
        "Twice" => fmt.fill(W::FaultTwice, &[&at, &ai, expected, found]),
        "Bracket" => fmt.fill(W::FaultBracket, &[&at, found]),
        "NoKey" => fmt.t(W::FaultNoKey).to_owned(),
        "BadEscape" => fmt.fill(W::FaultBadEscape, &[&at, found]),
        other => other.to_owned(),
    }
}

/// What an identifier is called: GS1's data title, or in Chinese its name where it is common.
pub fn ai_word(fmt: &Fmt, ai: &str, title: &str) -> String {
    if fmt.lang == Lang::En {
        return title.to_owned();
    }
    let name = match ai {
        "00" => "系列货运包装箱代码",
        "01" => "全球贸易项目代码",
        "02" => "物流单元内贸易项目",
        "10" => "批号",
        "11" => "生产日期",
        "12" => "付款截止日期",
        "13" => "包装日期",
        "15" => "保质期",
        "16" => "销售截止日期",
        "17" => "有效期",
        "20" => "产品变体",
        "21" => "序列号",
        "22" => "消费产品变体",
        "30" => "变量数量",
        "37" => "数量",
        "240" => "附加产品标识",
        "241" => "客户方代码",
        "250" => "二级序列号",
        "251" => "源实体参考代码",
        "400" => "订单号",
        "401" => "货物托运代码",
        "402" => "装运标识代码",
        "403" => "路径代码",
        "410" => "交货地",
        "411" => "受票方",
        "412" => "供货方",
        "413" => "最终目的地",
        "414" => "位置码",
        "415" => "付款方",
        "416" => "生产或服务地",
        "417" => "参与方",
        "420" | "421" => "收货方邮政编码",
        "422" => "原产国",
        "7003" => "有效期与时间",
        "8006" => "单件贸易项目",
        "8008" => "生产日期与时间",
        "8013" => "全球型号代码",
        _ => match ai.get(..3).unwrap_or_default() {
            "310" => "净重",
            "330" => "毛重",
            "392" | "393" => "价格",
            "390" | "391" => "应付金额",
            _ if ai.len() == 2 && ai.starts_with('9') => "内部信息",
            _ => return title.to_owned(),
        },
    };
    format!("{name} {title}")
}
