//! Text from outside that reaches a person's terminal.
