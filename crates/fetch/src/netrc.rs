//! Reads the names and passwords for servers from a `netrc` file.

/// What a server wants to know.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Login {
    pub(crate) user: String,
    pub(crate) password: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Login({})", self.user)
    }
}

/// The login for `host`: the first entry of that name or the first `default`.
pub(crate) fn login(text: &str, host: &str) -> Option<Login> {
    let mut words = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .flat_map(str::split_whitespace);
    let mut is_wanted = false;
    let (mut user, mut password) = (None, None);
    while let Some(word) = words.next() {
        match word {
            "machine" | "default" => {
                if is_wanted && password.is_some() {
                    break;
                }
                is_wanted = word == "default" || words.next() == Some(host);
                (user, password) = (None, None);
            }
            "login" => user = words.next(),
            "password" => password = words.next(),
            _ => {}
        }
    }
    is_wanted.then_some(())?;
    Some(Login {
        user: user.unwrap_or_default().to_owned(),
        password: password?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_fitting_entry_counts() {
        let text = "machine a login u password p\nmachine b\n  login v\n# comment\n  password q\ndefault password d\n";
        for (host, expected) in [
            ("a", Some(("u", "p"))),
            ("b", Some(("v", "q"))),
            ("c", Some(("", "d"))),
        ] {
            let found = login(text, host);
            let found = found.as_ref().map(|login| (&*login.user, &*login.password));
            assert_eq!(found, expected, "{host}");
        }
        assert_eq!(login("machine a login u password p", "b"), None);
        assert_eq!(login("", "a"), None);
    }
}
