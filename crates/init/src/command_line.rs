//! The root hash from the kernel command line.

use crate::guid::Guid;
use crate::text::{Hex, parse_hex};
use core::fmt;

/// Name of the parameter. Not `roothash`, which systemd's generators in the real root would act on as well.
pub const ROOT_HASH_PARAMETER: &[u8] = b"hardpan.roothash";

/// The last word of an image's command line. The stub of a unified kernel image appends what the hypervisor (SMBIOS
/// strings of type 11) and the EFI system partition (add-ons) ask for; what the image says itself ends here.
pub const END_WORD: &[u8] = b"hardpan.end";

/// The dm-verity root hash (SHA-256) that names the root file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RootHash(pub [u8; 32]);

impl RootHash {
    /// UUID of the partition that holds the file system: the first half of the hash.
    pub fn data_partition(&self) -> Guid {
        Guid(self.half(0))
    }

    /// UUID of the partition that holds the hash tree: the second half of the hash.
    pub fn hash_partition(&self) -> Guid {
        Guid(self.half(16))
    }

    fn half(&self, from: usize) -> [u8; 16] {
        core::array::from_fn(|index| self.0[from + index])
    }
}

impl fmt::Display for RootHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex(&self.0).fmt(formatter)
    }
}

/// Why the command line is not the image's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandLineError {
    /// The parameter is not there.
    Missing,
    /// The parameter is there more than once, with different values.
    Ambiguous,
    /// The value is not 64 hexadecimal digits.
    Malformed,
    /// The word that ends it is not there.
    Unended,
    /// Something comes behind the word that ends it.
    Extended,
}

impl fmt::Display for CommandLineError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Missing => "the kernel command line has no hardpan.roothash=",
            Self::Ambiguous => "the kernel command line has different hardpan.roothash= values",
            Self::Malformed => "hardpan.roothash= is not 64 hexadecimal digits",
            Self::Unended => "the kernel command line is not the image's: it has no hardpan.end",
            Self::Extended => {
                "firmware, hypervisor or boot partition added to the kernel command line (SMBIOS \
                 io.systemd.stub.kernel-cmdline-extra, *.addon.efi); parameters belong into boot.kernelParams"
            }
        })
    }
}

/// Checks that nothing was added behind what the image says.
pub fn check_end(command_line: &[u8]) -> Result<(), CommandLineError> {
    let mut words = words(command_line).skip_while(|word| *word != END_WORD);
    match (words.next(), words.next()) {
        (None, _) => Err(CommandLineError::Unended),
        (Some(_), None) => Ok(()),
        (Some(_), Some(_)) => Err(CommandLineError::Extended),
    }
}

fn words(command_line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let words = command_line.split(|byte| matches!(byte, b' ' | b'\t' | b'\n' | 0));
    words.filter(|word| !word.is_empty())
}

/// Finds the root hash among the words of `command_line`. Words after `--` belong to the init system.
pub fn root_hash(command_line: &[u8]) -> Result<RootHash, CommandLineError> {
    let mut found = None;
    for word in words(command_line).take_while(|word| *word != b"--") {
        let Some(value) = word
            .strip_prefix(ROOT_HASH_PARAMETER)
            .and_then(|rest| rest.strip_prefix(b"="))
        else {
            continue;
        };
        let mut bytes = [0; 32];
        parse_hex(value, &mut bytes).ok_or(CommandLineError::Malformed)?;
        if found
            .replace(RootHash(bytes))
            .is_some_and(|earlier| earlier.0 != bytes)
        {
            return Err(CommandLineError::Ambiguous);
        }
    }
    found.ok_or(CommandLineError::Missing)
}
