//! Realises derivations: plans, schedules, runs and registers builds.
