//! What maintainer scripts would have done, as pure functions over the merged tree.
