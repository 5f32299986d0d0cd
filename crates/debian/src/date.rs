//! Dates of release files and of the snapshot service, as seconds since 1970.

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
const DAY_S: u64 = 86_400;

/// Reads a date such as `Sat, 21 Nov 2026 09:15:44 UTC`. Times of other zones than UTC are not allowed.
pub(crate) fn parse(text: &str) -> Option<u64> {
    let text = text.split_once(',').map_or(text, |(_, rest)| rest);
    let words: Vec<&str> = text.split_whitespace().collect();
    let [day, month, year, time, zone] = words[..] else {
        return None;
    };
    if !matches!(zone, "UTC" | "GMT" | "Z" | "+0000" | "-0000") {
        return None;
    }
    let month = MONTHS.iter().position(|name| *name == month)? as u64 + 1;
    let (day, year): (u64, u64) = (day.parse().ok()?, year.parse().ok()?);
    let clock: Vec<u64> = time
        .split(':')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let [hour, minute, second] = clock[..] else {
        return None;
    };
    let sound =
        (1..=31).contains(&day) && (1970..=9999).contains(&year) && hour < 24 && minute < 60 && second <= 60;
    sound.then(|| days(year, month, day) * DAY_S + hour * 3600 + minute * 60 + second)
}

/// Days from 1970-01-01, by the Gregorian calendar. Years begin in March here, so that a leap day ends one.
fn days(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let leap_days = year / 4 - year / 100 + year / 400;
    (year * 365 + leap_days + day_of_year).saturating_sub(719_468)
}

/// Year, month, day, hour, minute and second.
fn split(seconds: u64) -> [u64; 6] {
    let shifted = seconds / DAY_S + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let time = seconds % DAY_S;
    [year, month, day, time / 3600, time / 60 % 60, time % 60]
}

/// `2026-11-21 09:15:44 UTC`
pub(crate) fn display(seconds: u64) -> String {
    let [year, month, day, hour, minute, second] = split(seconds);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

/// `20261121T091544Z`
pub(crate) fn compact(seconds: u64) -> String {
    let [year, month, day, hour, minute, second] = split(seconds);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_and_shown() {
        for (text, seconds, shown) in [
            ("Thu, 01 Jan 1970 00:00:00 UTC", 0, "1970-01-01 00:00:00 UTC"),
            (
                "Sat, 21 Nov 2026 09:15:44 UTC",
                1_795_252_544,
                "2026-11-21 09:15:44 UTC",
            ),
            (
                "Tue, 29 Feb 2000 23:59:59 +0000",
                951_868_799,
                "2000-02-29 23:59:59 UTC",
            ),
            (
                "1 Mar 2100 00:00:00 GMT",
                4_107_542_400,
                "2100-03-01 00:00:00 UTC",
            ),
        ] {
            assert_eq!(parse(text), Some(seconds), "{text}");
            assert_eq!(display(seconds), shown);
        }
        assert_eq!(compact(1_795_252_544), "20261121T091544Z");
    }

    #[test]
    fn every_day_goes_both_ways() {
        for day in 0..60_000 {
            let [year, month, date, ..] = split(day * DAY_S + 12_345);
            assert_eq!(days(year, month, date), day, "{year}-{month}-{date}");
        }
    }

    #[test]
    fn dates_that_are_none_are_refused() {
        for text in [
            "",
            "Sat, 21 Nov 2026",
            "Sat, 21 Nov 2026 09:15:44 CET",
            "Sat, 32 Nov 2026 09:15:44 UTC",
            "Sat, 21 Foo 2026 09:15:44 UTC",
            "Sat, 21 Nov 2026 24:00:00 UTC",
            "Sat, 21 Nov 1969 09:15:44 UTC",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
