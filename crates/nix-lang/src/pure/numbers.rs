//! Numbers as the language prints them.

/// A float as values are printed: six significant digits, as C's `%g`.
pub fn float_to_display(float: f64) -> String {
    general(float, 6)
}

/// A float as `toString` and string interpolation print it: six decimals, as C's `%f`.
pub fn float_to_string(float: f64) -> String {
    match special(float) {
        Some(text) => text.into(),
        None => format!("{float:.6}"),
    }
}

/// A float as `toJSON` prints it: the fewest digits that read back as the same number.
pub fn float_to_json(float: f64) -> String {
    if !float.is_finite() {
        return "null".into();
    }
    let scientific = format!("{float:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..15).contains(&exponent) {
        let plain = format!("{float}");
        return if plain.contains('.') { plain } else { plain + ".0" };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

fn special(float: f64) -> Option<&'static str> {
    match float {
        _ if float.is_nan() && float.is_sign_negative() => Some("-nan"),
        _ if float.is_nan() => Some("nan"),
        f64::INFINITY => Some("inf"),
        f64::NEG_INFINITY => Some("-inf"),
        _ => None,
    }
}

/// C's `%g` with that many significant digits.
fn general(float: f64, digits: usize) -> String {
    if let Some(text) = special(float) {
        return text.into();
    }
    let rounded = format!("{float:.*e}", digits - 1);
    let (mantissa, exponent) = rounded.split_once('e').unwrap_or((&rounded, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if exponent < -4 || exponent >= digits as i32 {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", without_zeros(mantissa), exponent.abs());
    }
    let decimals = usize::try_from(digits as i32 - 1 - exponent).unwrap_or(0);
    without_zeros(&format!("{float:.decimals$}")).into()
}

/// Drops the zeros at the end of the fraction.
fn without_zeros(text: &str) -> &str {
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats() {
        for (float, display, string, json) in [
            (0.0, "0", "0.000000", "0.0"),
            (-0.0, "-0", "-0.000000", "-0.0"),
            (1.0, "1", "1.000000", "1.0"),
            (0.1, "0.1", "0.100000", "0.1"),
            (1.5e10, "1.5e+10", "15000000000.000000", "15000000000.0"),
            (1e15, "1e+15", "1000000000000000.000000", "1e+15"),
            (1e14, "1e+14", "100000000000000.000000", "100000000000000.0"),
            (123456.0, "123456", "123456.000000", "123456.0"),
            (1234567.0, "1.23457e+06", "1234567.000000", "1234567.0"),
            (0.0001, "0.0001", "0.000100", "0.0001"),
            (0.00001, "1e-05", "0.000010", "1e-05"),
            (1e-7, "1e-07", "0.000000", "1e-07"),
            (1e300, "1e+300", &format!("{:.6}", 1e300), "1e+300"),
            (2.71728182, "2.71728", "2.717282", "2.71728182"),
            (999999.5, "1e+06", "999999.500000", "999999.5"),
        ] {
            assert_eq!(float_to_display(float), display, "display of {float}");
            assert_eq!(float_to_string(float), string, "string of {float}");
            assert_eq!(float_to_json(float), json, "JSON of {float}");
        }
    }
}
