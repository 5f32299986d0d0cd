//! Dates as flakes show them, from seconds since 1970 in UTC.

/// Year, month, day of the proleptic Gregorian calendar.
fn civil(seconds: u64) -> (u64, u64, u64) {
    // Days since 0000-03-01, so that leap days are last in their year.
    let days = seconds / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, day)
}

/// `2024-11-26`.
pub fn day(seconds: u64) -> String {
    let (year, month, day) = civil(seconds);
    format!("{year:04}-{month:02}-{day:02}")
}

/// `20241126093000`, the form of `lastModifiedDate`.
pub fn compact_date(seconds: u64) -> String {
    let (year, month, day) = civil(seconds);
    let rest = seconds % 86_400;
    format!(
        "{year:04}{month:02}{day:02}{:02}{:02}{:02}",
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    )
}

/// `2024-11-26 09:30:00`.
pub fn local_style_date(seconds: u64) -> String {
    let rest = seconds % 86_400;
    format!(
        "{} {:02}:{:02}:{:02}",
        day(seconds),
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        let table = [
            (0, "19700101000000"),
            (1, "19700101000001"),
            (951_782_400, "20000229000000"),
            (1_709_251_199, "20240229235959"),
            (4_107_542_400, "21000301000000"),
        ];
        for (seconds, expected) in table {
            assert_eq!(compact_date(seconds), expected);
        }
        assert_eq!(day(1_709_251_199), "2024-02-29");
    }
}
