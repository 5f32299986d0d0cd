//! Tells maintainer scripts that debhelper wrote from those with code of their own.

use super::meta::Verdict;

/// Names of the control members that dpkg or debconf would run.
pub const MAINTAINER_SCRIPTS: [&str; 5] = ["preinst", "postinst", "prerm", "postrm", "config"];

const SECTION_BEGIN: &str = "# Automatically added by dh";
const SECTION_END: &str = "# End automatically added section";

/// Whether a script holds code of its own.
pub fn verdict(script: &[u8]) -> Verdict {
    if custom_code(script).is_empty() {
        Verdict::Debhelper
    } else {
        Verdict::Custom
    }
}

/// The lines of a script that neither debhelper's sections nor empty control flow account for.
pub fn custom_code(script: &[u8]) -> Vec<String> {
    let Ok(text) = std::str::from_utf8(script) else {
        return vec!["(a binary program)".into()];
    };
    let mut generated = false;
    let mut custom = Vec::new();
    for line in text.lines() {
        if line.starts_with(SECTION_BEGIN) {
            generated = true;
        } else if line.starts_with(SECTION_END) {
            generated = false;
        } else if !generated && !is_control_flow(line.trim()) {
            custom.push(line.trim().to_owned());
        }
    }
    custom
}

/// Lines that do nothing by themselves: comments, `set -e`, an empty `case "$1"`, exits.
fn is_control_flow(line: &str) -> bool {
    const NOTHING: [&str; 14] = [
        "", "esac", ";;", ":", "true", "fi", "fi;", "then", "exit 0", "exit 0;", "exit 1", "exit $?",
        "return 0", "esac;",
    ];
    if NOTHING.contains(&line) || line.starts_with('#') {
        return true;
    }
    if let Some(options) = line.strip_prefix("set ") {
        return options
            .split(' ')
            .all(|option| matches!(option, "-e" | "-u" | "-x" | "-eu" | "-ex" | "-eux"));
    }
    if line == ". /usr/share/debconf/confmodule" {
        return true;
    }
    if line.starts_with("echo ") && !line.contains(['`', '$', '>', '|', '&', ';']) {
        return true;
    }
    if is_complaint(line) || is_case_head(line) {
        return true;
    }
    is_case_pattern(line)
}

/// `echo "postinst called with unknown argument \`$1'" >&2`
fn is_complaint(line: &str) -> bool {
    line.starts_with("echo ")
        && (line.contains("called with") || line.contains("unknown argument"))
        && !line.contains(['|', ';'])
        && !line.contains("$(")
        && line.matches('>').count() == line.matches(">&2").count()
}

fn is_case_head(line: &str) -> bool {
    matches!(
        line,
        "case \"$1\" in" | "case $1 in" | "case \"${1}\" in" | "case \"${1:-}\" in"
    )
}

/// `configure|abort-upgrade)`, also with `;;` behind it.
fn is_case_pattern(line: &str) -> bool {
    let line = line.strip_suffix(";;").unwrap_or(line).trim_end();
    let Some(pattern) = line.strip_suffix(')') else {
        return false;
    };
    let pattern = pattern.strip_prefix('(').unwrap_or(pattern);
    !pattern.is_empty()
        && pattern
            .chars()
            .all(|c| c.is_ascii_lowercase() || matches!(c, '*' | '|' | ' ' | '"' | '-' | '\\'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(script: &str, expected: Verdict) {
        assert_eq!(verdict(script.as_bytes()), expected, "{script}");
    }

    #[test]
    fn debhelper_sections_and_empty_frames_are_recognised() {
        let generated = "#!/bin/sh\nset -e\n# Automatically added by dh_installsystemd/13\n\
                         if true; then\n\tdeb-systemd-helper x\nfi\n# End automatically added section\nexit 0\n";
        let frame = "#!/bin/sh\nset -e\ncase \"$1\" in\n  configure)\n  ;;\n  abort-upgrade|abort-remove)\n  ;;\n  *)\n\
                     echo \"postinst called with unknown argument '$1'\" >&2\n exit 1\n ;;\nesac\n\nexit 0\n";
        check(generated, Verdict::Debhelper);
        check(frame, Verdict::Debhelper);
        check("#!/bin/sh\nset -e\n", Verdict::Debhelper);
    }

    #[test]
    fn code_of_its_own_is_never_taken_for_generated() {
        check("#!/bin/sh\nset -e\nadduser --system x\n", Verdict::Custom);
        check("#!/bin/sh\necho x > /etc/y\n", Verdict::Custom);
        check(
            "#!/bin/sh\n# Automatically added by dh_x\n# End automatically added section\nrm x\n",
            Verdict::Custom,
        );
        check(
            "#!/bin/sh\necho \"$(rm -rf x)\" called with >&2\n",
            Verdict::Custom,
        );
        assert_eq!(verdict(b"\x7fELF\xff\xfe"), Verdict::Custom);
    }
}
