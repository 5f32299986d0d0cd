//! Random expressions: most make sense, some do not.

use crate::random::Random;

/// What an expression should come out as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Int,
    Float,
    Bool,
    Text,
    List,
    Set,
    Function,
    Null,
}

const KINDS: &[Kind] = &[
    Kind::Int,
    Kind::Int,
    Kind::Float,
    Kind::Bool,
    Kind::Text,
    Kind::Text,
    Kind::List,
    Kind::Set,
    Kind::Function,
    Kind::Null,
];
const NAMES: &[&str] = &["a", "b", "c", "x", "y", "foo"];

/// An expression.
pub(crate) fn expression(seed: u64) -> String {
    let mut writer = Writer {
        random: Random::new(seed),
        scope: Vec::new(),
    };
    writer.any(4)
}

struct Writer {
    random: Random,
    /// The variables in reach and what they are bound to.
    scope: Vec<(&'static str, Kind)>,
}

impl Writer {
    fn any(&mut self, depth: usize) -> String {
        let kind = *self.random.pick(KINDS);
        self.write(kind, depth)
    }

    fn write(&mut self, kind: Kind, depth: usize) -> String {
        // Now and then something of another kind, so that errors are compared too.
        let kind = match self.random.once_in(40) {
            true => *self.random.pick(KINDS),
            false => kind,
        };
        if depth == 0 {
            return self.leaf(kind);
        }
        match self.random.below(9) {
            0 => self.leaf(kind),
            1 => self.binding(kind, depth),
            2 => {
                let (test, yes, no) = (
                    self.write(Kind::Bool, depth - 1),
                    self.write(kind, depth - 1),
                    self.write(kind, depth - 1),
                );
                format!("(if {test} then {yes} else {no})")
            }
            3 => self.call(kind, depth),
            4 => self.selection(kind, depth),
            _ => match kind {
                Kind::Int => self.int(depth - 1),
                Kind::Float => self.float(depth - 1),
                Kind::Bool => self.bool(depth - 1),
                Kind::Text => self.text(depth - 1),
                Kind::List => self.list(depth - 1),
                Kind::Set => self.set(depth - 1),
                Kind::Function => self.function(depth - 1),
                Kind::Null => "null".to_owned(),
            },
        }
    }

    fn leaf(&mut self, kind: Kind) -> String {
        let known: Vec<&str> = self
            .scope
            .iter()
            .filter(|(_, bound)| *bound == kind)
            .map(|(name, _)| *name)
            .collect();
        if !known.is_empty() && !self.random.once_in(3) {
            return (*self.random.pick(&known)).to_owned();
        }
        let choices: &[&str] = match kind {
            Kind::Int => &["0", "1", "2", "7", "(-3)", "42", "9223372036854775807", "100"],
            Kind::Float => &["0.5", "1.0", "2.25", "(-1.5)", "1.0e10", "1.0e-5"],
            Kind::Bool => &["true", "false"],
            Kind::Text => &[
                "\"\"",
                "\"a\"",
                "\"foo\"",
                "\"b c\"",
                "\"1.2.3\"",
                "''x\n  y''",
                "\"ä\"",
                "\"a,b,,c\"",
                "\"7\"",
            ],
            Kind::List => &["[ ]", "[ 1 2 3 ]", "[ \"a\" \"b\" ]", "[ [ ] { } ]", "[ 3 1 2 ]"],
            Kind::Set => &[
                "{ }",
                "{ a = 1; b = 2; }",
                "{ x = \"x\"; }",
                "{ foo = { a = null; }; }",
            ],
            Kind::Function => &[
                "(x: x)",
                "(x: [ x ])",
                "({ a, b ? 2, ... }: a)",
                "builtins.typeOf",
                "(x: y: x)",
            ],
            Kind::Null => &["null"],
        };
        (*self.random.pick(choices)).to_owned()
    }

    /// Something of that kind under a name.
    fn binding(&mut self, kind: Kind, depth: usize) -> String {
        let name = *self.random.pick(NAMES);
        let bound = *self.random.pick(KINDS);
        let value = self.write(bound, depth - 1);
        self.scope.push((name, bound));
        let body = self.write(kind, depth - 1);
        self.scope.pop();
        match self.random.below(5) {
            0 => format!("(with {{ {name} = {value}; }}; {body})"),
            1 => format!("(({name}: {body}) {value})"),
            2 => format!("(({{ {name} ? {value}, ... }}: {body}) {{ }})"),
            3 => format!("(rec {{ {name} = {value}; result = {body}; }}).result"),
            _ => format!("(let {name} = {value}; in {body})"),
        }
    }

    fn call(&mut self, kind: Kind, depth: usize) -> String {
        let list = self.write(Kind::List, depth - 1);
        match self.random.below(6) {
            0 => format!("((x: {}) {list})", self.write(kind, depth - 1)),
            1 => format!("(builtins.head ([ {} ] ++ {list}))", self.write(kind, depth - 1)),
            2 => format!("(builtins.seq {list} {})", self.write(kind, depth - 1)),
            3 => format!("(builtins.deepSeq {list} {})", self.write(kind, depth - 1)),
            4 => {
                let (first, value) = (self.write(kind, depth - 1), self.write(Kind::Bool, depth - 1));
                format!("(builtins.tryEval (assert {value}; {first})).value")
            }
            _ => {
                let (first, second) = (self.write(kind, depth - 1), self.write(kind, depth - 1));
                format!("(builtins.foldl' (x: y: x) {first} [ {second} ])")
            }
        }
    }

    fn selection(&mut self, kind: Kind, depth: usize) -> String {
        let (value, set) = (self.write(kind, depth - 1), self.write(Kind::Set, depth - 1));
        let name = *self.random.pick(NAMES);
        match self.random.below(5) {
            0 => format!("({{ {name} = {value}; }} // {set}).{name}"),
            1 => format!("({set} // {{ {name} = {value}; }}).{name}"),
            2 => format!("({set}.{name} or {value})"),
            3 => format!("{{ {name}.b = {value}; }}.{name}.b"),
            _ => format!("{{ ${{\"{name}\"}} = {value}; }}.{name}"),
        }
    }

    fn int(&mut self, depth: usize) -> String {
        let (a, b) = (self.write(Kind::Int, depth), self.write(Kind::Int, depth));
        match self.random.below(10) {
            0 => format!("({a} + {b})"),
            1 => format!("({a} - {b})"),
            2 => format!("({a} * {b})"),
            3 => format!("({a} / {b})"),
            4 => format!("(builtins.length {})", self.write(Kind::List, depth)),
            5 => format!("(builtins.stringLength {})", self.write(Kind::Text, depth)),
            6 => format!("(builtins.bitXor {a} {b})"),
            7 => format!("(builtins.floor {})", self.write(Kind::Float, depth)),
            8 => format!(
                "(builtins.compareVersions {} {})",
                self.write(Kind::Text, depth),
                self.write(Kind::Text, depth)
            ),
            _ => format!("(-{a})"),
        }
    }

    fn float(&mut self, depth: usize) -> String {
        let (a, b) = (self.write(Kind::Float, depth), self.write(Kind::Int, depth));
        let operator = *self.random.pick(&["+", "-", "*", "/"]);
        match self.random.once_in(2) {
            true => format!("({a} {operator} {b})"),
            false => format!("({b} {operator} {a})"),
        }
    }

    fn bool(&mut self, depth: usize) -> String {
        let kind = *self.random.pick(KINDS);
        let (a, b) = (self.write(kind, depth), self.write(kind, depth));
        match self.random.below(12) {
            0 | 1 => format!("({a} == {b})"),
            2 => format!("({a} != {b})"),
            3 => format!("({a} < {b})"),
            4 => format!("({a} >= {b})"),
            5 => format!("(!{})", self.write(Kind::Bool, depth)),
            6 => {
                let operator = *self.random.pick(&["&&", "||", "->"]);
                let (a, b) = (self.write(Kind::Bool, depth), self.write(Kind::Bool, depth));
                format!("({a} {operator} {b})")
            }
            7 => format!("({} ? {})", self.write(Kind::Set, depth), self.random.pick(NAMES)),
            8 => format!("(builtins.elem {a} {})", self.write(Kind::List, depth)),
            9 => format!(
                "(builtins.all (x: {}) {})",
                self.write(Kind::Bool, depth),
                self.write(Kind::List, depth)
            ),
            10 => format!("(builtins.tryEval {a}).success"),
            _ => format!("(builtins.isFunction {a})"),
        }
    }

    fn text(&mut self, depth: usize) -> String {
        let (a, b) = (self.write(Kind::Text, depth), self.write(Kind::Text, depth));
        match self.random.below(12) {
            0 => format!("({a} + {b})"),
            1 => format!("\"<${{{a}}}>\""),
            2 => format!("''\n    ${{{a}}}\n  b''"),
            3 => format!("(toString {})", self.any(depth)),
            4 => format!(
                "(builtins.substring {} {} {a})",
                self.random.below(4),
                self.random.below(5)
            ),
            5 => format!(
                "(builtins.concatStringsSep {a} {})",
                self.write(Kind::List, depth)
            ),
            6 => format!("(builtins.replaceStrings [ \"a\" \"b\" ] [ {a} \"\" ] {b})"),
            7 => format!("(builtins.toJSON {})", self.any(depth)),
            8 => format!("(builtins.typeOf {})", self.any(depth)),
            9 => format!("(builtins.hashString \"sha256\" {a})"),
            10 => format!("(builtins.toXML {})", self.any(depth)),
            _ => format!("(baseNameOf {a})"),
        }
    }

    fn list(&mut self, depth: usize) -> String {
        let (a, b) = (self.write(Kind::List, depth), self.write(Kind::List, depth));
        match self.random.below(14) {
            0 => format!("({a} ++ {b})"),
            1 => format!("[ {} {} ]", self.any(depth), self.any(depth)),
            2 => format!("(map {} {a})", self.write(Kind::Function, depth)),
            3 => format!("(builtins.filter (x: {}) {a})", self.write(Kind::Bool, depth)),
            4 => format!("(builtins.sort (x: y: x < y) {a})"),
            5 => format!("(builtins.sort builtins.lessThan {a})"),
            6 => format!("(builtins.attrNames {})", self.write(Kind::Set, depth)),
            7 => format!("(builtins.attrValues {})", self.write(Kind::Set, depth)),
            8 => format!(
                "(builtins.genList {} {})",
                self.write(Kind::Function, depth),
                self.random.below(4)
            ),
            9 => format!("(builtins.concatMap (x: {a}) {b})"),
            10 => format!("(builtins.split \"([a-c]+)\" {})", self.write(Kind::Text, depth)),
            11 => format!("(builtins.catAttrs \"a\" {a})"),
            12 => format!("(builtins.tail {a})"),
            _ => format!("(builtins.splitVersion {})", self.write(Kind::Text, depth)),
        }
    }

    fn set(&mut self, depth: usize) -> String {
        let (a, b) = (self.write(Kind::Set, depth), self.write(Kind::Set, depth));
        let name = *self.random.pick(NAMES);
        match self.random.below(13) {
            0 | 1 => format!("({a} // {b})"),
            2 => format!(
                "{{ {name} = {}; \"q r\" = {}; }}",
                self.any(depth),
                self.any(depth)
            ),
            3 => format!("{{ inherit ({a}) {name}; }}"),
            4 => format!("(rec {{ a = {}; z = a; }})", self.any(depth)),
            5 => format!("(builtins.mapAttrs (n: v: {}) {a})", self.any(depth)),
            6 => format!("(builtins.removeAttrs {a} [ \"{name}\" ])"),
            7 => format!("(builtins.intersectAttrs {a} {b})"),
            8 => format!(
                "(builtins.listToAttrs [ {{ name = {}; value = {}; }} ])",
                self.write(Kind::Text, depth),
                self.any(depth)
            ),
            9 => format!(
                "(builtins.groupBy (x: {}) {})",
                self.write(Kind::Text, depth),
                self.write(Kind::List, depth)
            ),
            10 => format!(
                "(builtins.partition (x: {}) {})",
                self.write(Kind::Bool, depth),
                self.write(Kind::List, depth)
            ),
            11 => format!("(builtins.zipAttrsWith (n: v: v) [ {a} {b} ])"),
            _ => format!(
                "{{ {name}.x = {}; {name}.y = {}; }}",
                self.any(depth),
                self.any(depth)
            ),
        }
    }

    fn function(&mut self, depth: usize) -> String {
        let name = *self.random.pick(NAMES);
        let kind = *self.random.pick(KINDS);
        self.scope.push((name, kind));
        let body = self.any(depth);
        self.scope.pop();
        match self.random.below(5) {
            0 => format!("({{ {name} }}: {body})"),
            1 => format!("(args@{{ {name} ? 1, ... }}: {body})"),
            2 => format!("{{ __functor = self: {name}: {body}; }}"),
            3 => format!("(builtins.add {})", self.write(Kind::Int, depth)),
            _ => format!("({name}: {body})"),
        }
    }
}
