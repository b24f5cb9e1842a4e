//! Numbers, money, days and times as a person reads them, in the language and on the clock of the site.
//!
//! Pure: the site's offset and currency come in with [`Fmt`]. No `Intl`, so that a test on any machine sees what a screen
//! shows.

use crate::i18n::{Lang, W};
use units::{Day, Milli, Millis, Money, Permille, Quantity, Timestamp};

/// A no-break space: a unit stays on the line of its number.
pub const NB: char = '\u{a0}';

/// How this screen writes: set once the site is known, and again when the language changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fmt {
    /// The language.
    pub lang: Lang,
    /// Minutes east of UTC.
    pub offset_minutes: i32,
    /// ISO 4217, three letters.
    pub currency: [u8; 3],
}

impl Default for Fmt {
    fn default() -> Self {
        Self { lang: Lang::En, offset_minutes: 0, currency: *b"XXX" }
    }
}

/// Digits in groups of three, with a real minus.
pub fn group(text: &str) -> String {
    let (sign, body) = text.strip_prefix('-').map_or(("", text), |rest| ("−", rest));
    let (whole, fraction) = body.split_once('.').map_or((body, None), |(w, f)| (w, Some(f)));
    let mut out = String::from(sign);
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// A count.
pub fn count(n: impl TryInto<i128>) -> String {
    group(&n.try_into().unwrap_or(0).to_string())
}

/// Tenths with one decimal, without it from 100 on.
pub fn tenths(n: i64) -> String {
    if n.abs() >= 1000 { group(&((n + 5 * n.signum()) / 10).to_string()) } else { decimal(n * 100, 1) }
}

/// Thousandths with so many decimals.
pub fn decimal(thousandths: i64, decimals: usize) -> String {
    group(&format!("{:.*}", decimals, Milli(thousandths)))
}

/// A measured value: one decimal, more where the limits have more.
pub fn value(v: Milli) -> String {
    decimal(v.0, if v.0 % 100 == 0 || v.0.abs() >= 10_000 { 1 } else { 2 })
}

/// A measured value with exactly one decimal: what moves should not jump in width.
pub fn live_value(v: Milli) -> String {
    decimal(v.0, 1)
}

/// An amount of stock: whole where it is whole or large.
pub fn qty(q: Quantity) -> String {
    let decimals = match q.0.abs() {
        n if n % 1000 == 0 || n >= 100_000 => 0,
        n if n % 100 == 0 || n >= 10_000 => 1,
        _ => 2,
    };
    decimal(q.0, decimals)
}

impl Fmt {
    /// The words of this language.
    pub fn t(&self, word: W) -> &'static str {
        word.text(self.lang)
    }

    /// A sentence with `{0}`, `{1}`, … filled in.
    pub fn fill(&self, word: W, parts: &[&str]) -> String {
        crate::i18n::fill(word.text(self.lang), parts)
    }

    /// So many of something: a text with `|` has a form for one and a form for more.
    pub fn n(&self, word: W, n: impl TryInto<i128>) -> String {
        let n = n.try_into().unwrap_or(0);
        let text = word.text(self.lang);
        let (one, many) = text.split_once('|').unwrap_or((text, text));
        crate::i18n::fill(if n == 1 { one } else { many }, &[&count(n)])
    }

    /// The sign before an amount.
    pub fn currency_sign(&self) -> String {
        match &self.currency {
            b"CNY" | b"JPY" => "¥".into(),
            b"USD" => "$".into(),
            b"EUR" => "€".into(),
            b"GBP" => "£".into(),
            b"XXX" => "¤".into(),
            other => String::from_utf8_lossy(other).into_owned(),
        }
    }

    /// An amount: whole from 100 on.
    pub fn money(&self, m: Money) -> String {
        let digits = if m.0 % 100 == 0 || m.0.abs() >= 10_000 { 0 } else { 2 };
        self.signed_money(m, digits)
    }

    /// An amount with its hundredths.
    pub fn money_exact(&self, m: Money) -> String {
        self.signed_money(m, 2)
    }

    fn signed_money(&self, m: Money, digits: usize) -> String {
        format!("{}{NB}{}", self.currency_sign(), group(&format!("{:.*}", digits, m)))
    }

    /// A share as a percentage.
    pub fn percent(&self, p: Permille) -> String {
        self.percent_text(&p.to_string())
    }

    fn percent_text(&self, text: &str) -> String {
        match self.lang {
            Lang::En => format!("{text}{NB}%"),
            Lang::ZhHans => format!("{text}%"),
        }
    }

    /// A chance as in `0.82`.
    pub fn chance(&self, p: Permille) -> String {
        decimal(i64::from(p.0), 2)
    }

    /// The local wall clock: day and milliseconds of it.
    pub fn local(&self, at: Timestamp) -> (Day, i64) {
        let ms = at.0.saturating_add(i64::from(self.offset_minutes) * 60_000);
        (Timestamp(ms).utc_day(), ms.rem_euclid(86_400_000))
    }

    /// The day at an instant.
    pub fn day_of(&self, at: Timestamp) -> Day {
        self.local(at).0
    }

    /// `14:14`.
    pub fn clock(&self, at: Timestamp) -> String {
        let ms = self.local(at).1;
        format!("{:02}:{:02}", ms / 3_600_000, ms / 60_000 % 60)
    }

    /// `14:14:07`.
    pub fn clock_seconds(&self, at: Timestamp) -> String {
        let ms = self.local(at).1;
        format!("{:02}:{:02}:{:02}", ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60)
    }

    /// `14:14` today, `26 Nov 14:14` on another day, with the year in another year.
    pub fn when(&self, at: Timestamp, now: Timestamp) -> String {
        let (day, today) = (self.day_of(at), self.day_of(now));
        if day == today {
            return self.clock(at);
        }
        format!("{}{NB}{}", self.day_near(day, today), self.clock(at))
    }

    /// The day and the time, always whole.
    pub fn stamp(&self, at: Timestamp) -> String {
        format!("{} {}", self.day_of(at), self.clock_seconds(at))
    }

    /// `26 Nov`, with the year where it is not today's.
    pub fn day_near(&self, day: Day, today: Day) -> String {
        let ((year, month, d), (this_year, ..)) = (day.civil(), today.civil());
        let name = self.t(MONTHS[(month as usize + 11) % 12]);
        match (self.lang, year == this_year) {
            (Lang::En, true) => format!("{d}{NB}{name}"),
            (Lang::En, false) => format!("{d}{NB}{name}{NB}{year}"),
            (Lang::ZhHans, true) => format!("{name}{d}日"),
            (Lang::ZhHans, false) => format!("{year}年{name}{d}日"),
        }
    }

    /// `Thu 26 Nov`.
    pub fn weekday(&self, day: Day, today: Day) -> String {
        let name = self.t(WEEKDAYS[day.weekday() as usize % 7]);
        match self.lang {
            Lang::En => format!("{name}{NB}{}", self.day_near(day, today)),
            Lang::ZhHans => format!("{}{NB}{name}", self.day_near(day, today)),
        }
    }

    /// `38 min`, `2 h 5 min`, `3 d 4 h`: two units at most.
    pub fn span(&self, span: Millis) -> String {
        let seconds = span.0.max(0) / 1000;
        let (d, h, m, s) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
        let part = |n: i64, unit: W| format!("{n}{NB}{}", self.t(unit));
        let two = |a: String, n: i64, unit: W| if n == 0 { a } else { format!("{a}{NB}{}", part(n, unit)) };
        match (d, h, m) {
            (0, 0, 0) => part(s, W::UnitSecond),
            (0, 0, _) => part(m, W::UnitMinute),
            (0, ..) => two(part(h, W::UnitHour), m, W::UnitMinute),
            _ => two(part(d, W::UnitDay), h, W::UnitHour),
        }
    }

    /// `3 d`.
    pub fn days(&self, n: impl TryInto<i128>) -> String {
        format!("{}{NB}{}", count(n), self.t(W::UnitDay))
    }

    /// `UTC+8`, `UTC−3:30`.
    pub fn zone(&self) -> String {
        let (sign, minutes) =
            if self.offset_minutes < 0 { ('−', -self.offset_minutes) } else { ('+', self.offset_minutes) };
        match (minutes / 60, minutes % 60) {
            (0, 0) => "UTC".into(),
            (h, 0) => format!("UTC{sign}{h}"),
            (h, m) => format!("UTC{sign}{h}:{m:02}"),
        }
    }

    /// `4.2 MB`.
    pub fn bytes(&self, n: u64) -> String {
        let n = n.min(1 << 60) as i64;
        match n {
            0..=999 => format!("{n}{NB}B"),
            1000..=999_999 => format!("{}{NB}kB", decimal(n, if n < 10_000 { 1 } else { 0 })),
            _ => format!("{}{NB}MB", decimal(n / 1000, if n < 100_000_000 { 1 } else { 0 })),
        }
    }
}

const MONTHS: [W; 12] = [
    W::Month1,
    W::Month2,
    W::Month3,
    W::Month4,
    W::Month5,
    W::Month6,
    W::Month7,
    W::Month8,
    W::Month9,
    W::Month10,
    W::Month11,
    W::Month12,
];

const WEEKDAYS: [W; 7] =
    [W::Weekday1, W::Weekday2, W::Weekday3, W::Weekday4, W::Weekday5, W::Weekday6, W::Weekday7];

/// A plain decimal as a person types it: spaces and group commas are dropped, `−` is a minus.
pub fn typed(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && *c != ',' && *c != NB)
        .map(|c| if c == '−' { '-' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EN: Fmt = Fmt { lang: Lang::En, offset_minutes: 480, currency: *b"CNY" };
    const ZH: Fmt = Fmt { lang: Lang::ZhHans, ..EN };

    fn plain(text: String) -> String {
        text.replace(NB, " ")
    }

    #[test]
    fn numbers() {
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(-999), "−999");
        assert_eq!(tenths(34), "3.4");
        assert_eq!(tenths(11_840), "1,184");
        assert_eq!(qty(Quantity(1_240_000)), "1,240");
        assert_eq!(qty(Quantity(41_250)), "41.3");
        assert_eq!(qty(Quantity(1_250)), "1.25");
        assert_eq!(qty(Quantity(123_456_789)), "123,457");
        assert_eq!(value(Milli(8000)), "8.0");
        assert_eq!(value(Milli(-18_250)), "−18.3");
        assert_eq!(live_value(Milli(4_249)), "4.2");
        assert_eq!(typed(" 1,240.5 "), "1240.5");
        assert_eq!(
            (EN.n(W::CountRooms, 1), EN.n(W::CountRooms, 2_000)),
            ("1 room".into(), "2,000 rooms".into())
        );
        assert_eq!(ZH.n(W::CountRooms, 1), "1 个房间");
    }

    #[test]
    fn money_and_shares() {
        assert_eq!(plain(EN.money(Money(992_000))), "¥ 9,920");
        assert_eq!(plain(EN.money(Money(1234))), "¥ 12.34");
        assert_eq!(plain(EN.money_exact(Money(-992_000))), "¥ −9,920.00");
        assert_eq!(plain(EN.percent(Permille(975))), "97.5 %");
        assert_eq!(ZH.percent(Permille(950)), "95%");
        assert_eq!(EN.chance(Permille(820)), "0.82");
    }

    #[test]
    fn times_follow_the_site() {
        // 2026-11-22 15:15:47 UTC is 23:15:47 at UTC+8.
        let now = Timestamp(1_795_360_547_000);
        assert_eq!(EN.clock_seconds(now), "23:15:47");
        assert_eq!(EN.when(now, now), "23:15");
        let later = now + Millis::hours(1);
        assert_eq!(plain(EN.when(later, now)), "23 Nov 00:15");
        assert_eq!(plain(ZH.when(later, now)), "11月23日 00:15");
        let day = Day::from_civil(2026, 11, 26).unwrap();
        assert_eq!(plain(EN.weekday(day, EN.day_of(now))), "Thu 26 Nov");
        assert_eq!(plain(ZH.weekday(day, EN.day_of(now))), "11月26日 周四");
        assert_eq!(plain(EN.day_near(Day::from_civil(2025, 1, 2).unwrap(), day)), "2 Jan 2025");
        assert_eq!(EN.zone(), "UTC+8");
        assert_eq!(Fmt { offset_minutes: -210, ..EN }.zone(), "UTC−3:30");
    }

    #[test]
    fn spans_have_two_units_at_most() {
        for (ms, shown) in [
            (0, "0 s"),
            (59_999, "59 s"),
            (2_280_000, "38 min"),
            (7_500_000, "2 h 5 min"),
            (273_600_000, "3 d 4 h"),
        ] {
            assert_eq!(plain(EN.span(Millis(ms))), shown);
        }
        assert_eq!(plain(EN.bytes(4_200_000)), "4.2 MB");
        assert_eq!(plain(EN.bytes(999)), "999 B");
    }
}
