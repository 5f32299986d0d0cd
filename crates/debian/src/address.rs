//! Addresses of an archive's files, written so that each kind of server finds them.

use std::fmt::Write as _;

/// The address of the file at `path` below the address `base`.
///
/// A server that is asked for `a+b` may look for `a b`, as object stores like S3 do, and what is asked for `a~b` may be
/// kept as `a%7Eb`; percent signs mean the same to all of them. apt writes these two so as well.
pub fn address(base: &str, path: &str) -> String {
    let mut address = base.trim_end_matches('/').to_owned();
    address.push('/');
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._:=@,".contains(&byte) {
            address.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(address, "%{byte:02X}");
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_that_servers_read_in_two_ways_are_encoded() {
        for (path, expected) in [
            ("pool/main/x/x_1-1_all.deb", "pool/main/x/x_1-1_all.deb"),
            ("pool/c++_1%3a2+b1~rc1.deb", "pool/c%2B%2B_1%253a2%2Bb1%7Erc1.deb"),
            ("a b/ä#?.deb", "a%20b/%C3%A4%23%3F.deb"),
        ] {
            assert_eq!(
                address("http://m/debian/", path),
                format!("http://m/debian/{expected}")
            );
        }
    }
}
