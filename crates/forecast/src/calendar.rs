//! Holidays that move demand, by the day: fixed ones, those that follow Easter or a weekday, and those of the lunar calendar.
//!
//! In: a region and a span of days. Out: the holidays in it. Knows no site and no clock. The lunar ones stand in a table, as
//! the Hong Kong Observatory's conversion tables have them; outside its years only the others are known.

use units::Day;

#[cfg(test)]
mod tests;

/// Whose holidays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Region {
    /// Mainland China, Hong Kong, Macau, Taiwan.
    Chinese,
    /// The Americas.
    American,
    /// Anywhere else.
    Other,
}

impl Region {
    /// By the name of a time zone, as `Asia/Shanghai`.
    pub fn of_zone(name: &str) -> Self {
        const CHINESE: [&str; 7] =
            ["Shanghai", "Urumqi", "Hong_Kong", "Macau", "Taipei", "Chongqing", "Harbin"];
        match name.split_once('/') {
            Some(("Asia", city)) if CHINESE.contains(&city) => Self::Chinese,
            Some(("America", _)) => Self::American,
            _ => Self::Other,
        }
    }
}

/// A holiday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holiday {
    /// 1 January.
    NewYear,
    /// The first day of the lunar year.
    SpringFestival,
    /// Tomb-sweeping day, when the sun is at 15°.
    Qingming,
    /// The Sunday after the first full moon of spring.
    Easter,
    /// 1 May.
    Labour,
    /// The fifth day of the fifth lunar month.
    DragonBoat,
    /// 4 July.
    Independence,
    /// The fifteenth day of the eighth lunar month.
    MidAutumn,
    /// 1 October.
    National,
    /// The fourth Thursday of November.
    Thanksgiving,
    /// 25 December.
    Christmas,
}

/// Month and day of Spring Festival, Dragon Boat and Mid-Autumn, year after year from [`LUNAR_FROM`].
const LUNAR: [[(u32, u32); 3]; 16] = [
    [(2, 19), (6, 20), (9, 27)],
    [(2, 8), (6, 9), (9, 15)],
    [(1, 28), (5, 30), (10, 4)],
    [(2, 16), (6, 18), (9, 24)],
    [(2, 5), (6, 7), (9, 13)],
    [(1, 25), (6, 25), (10, 1)],
    [(2, 12), (6, 14), (9, 21)],
    [(2, 1), (6, 3), (9, 10)],
    [(1, 22), (6, 22), (9, 29)],
    [(2, 10), (6, 10), (9, 17)],
    [(1, 29), (5, 31), (10, 6)],
    [(2, 17), (6, 19), (9, 25)],
    [(2, 6), (6, 9), (9, 15)],
    [(1, 26), (5, 28), (10, 3)],
    [(2, 13), (6, 16), (9, 22)],
    [(2, 3), (6, 5), (9, 12)],
];
const LUNAR_FROM: i32 = 2015;
/// Years looked through at most: more than any history has.
const YEARS_MAX: i32 = 100;

/// The holidays from one day to another, both included, in order.
pub fn holidays(region: Region, from: Day, to: Day) -> Vec<(Day, Holiday)> {
    if to < from {
        return Vec::new();
    }
    let first = from.civil().0;
    let mut found = Vec::new();
    for year in first..=to.civil().0.min(first + YEARS_MAX) {
        let on = |month, day| Day::from_civil(year, month, day);
        let mut add = |day: Option<Day>, holiday| found.extend(day.map(|day| (day, holiday)));
        add(on(1, 1), Holiday::NewYear);
        if region == Region::Chinese {
            let lunar = usize::try_from(year - LUNAR_FROM).ok().and_then(|at| LUNAR.get(at));
            for (holiday, (month, day)) in [Holiday::SpringFestival, Holiday::DragonBoat, Holiday::MidAutumn]
                .into_iter()
                .zip(lunar.into_iter().flatten())
            {
                add(on(*month, *day), holiday);
            }
            // The sun is at 15° on the 4th, and in the two years before a leap year on the 5th, until the 2030s.
            add(on(4, if year % 4 >= 2 { 5 } else { 4 }), Holiday::Qingming);
            add(on(5, 1), Holiday::Labour);
            add(on(10, 1), Holiday::National);
        } else {
            add(easter(year), Holiday::Easter);
            add(on(12, 25), Holiday::Christmas);
            if region == Region::American {
                add(on(7, 4), Holiday::Independence);
                let thursday = on(11, 1).map(|first| {
                    first.plus((3 - i32::try_from(first.weekday()).unwrap_or(0)).rem_euclid(7) + 21)
                });
                add(thursday, Holiday::Thanksgiving);
            } else {
                add(on(5, 1), Holiday::Labour);
            }
        }
    }
    found.retain(|(day, _)| from <= *day && *day <= to);
    found.sort();
    found
}

/// Gregorian Easter (Meeus, Jones, Butcher).
fn easter(year: i32) -> Option<Day> {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let sum = h + l - 7 * m + 114;
    Day::from_civil(year, (sum / 31) as u32, (sum % 31 + 1) as u32)
}
