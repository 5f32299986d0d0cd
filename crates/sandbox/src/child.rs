//! The child process: performs operations until it has become the program, or reports which one failed.

use crate::operation::{Descriptors, Operation};
use crate::system;

/// Which operation failed and why, as it goes through a pipe.
pub(crate) const REPORT_BYTES: usize = 8;

/// Performs `operations`; the last one does not come back. Allocates nothing and cannot panic: this runs in a copy of
/// a process whose other threads may have held any lock.
pub(crate) fn run(operations: &[Operation], descriptors: Descriptors) -> ! {
    for (position, operation) in (0_u32..).zip(operations) {
        if let Err(error) = operation.perform(descriptors) {
            let mut report = [0_u8; REPORT_BYTES];
            let parts = position.to_le_bytes().into_iter().chain(error.to_le_bytes());
            report.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
            let _ = system::write(descriptors.report, &report);
            system::exit(127);
        }
    }
    // Only a list that does not end with a program to run, as that of a trial, comes to this.
    system::exit(0)
}

/// What a report says.
pub(crate) fn parse_report(report: [u8; REPORT_BYTES]) -> (usize, i32) {
    let [a, b, c, d, e, f, g, h] = report;
    let position = usize::try_from(u32::from_le_bytes([a, b, c, d])).unwrap_or(usize::MAX);
    (position, i32::from_le_bytes([e, f, g, h]))
}
