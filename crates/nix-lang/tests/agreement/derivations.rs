//! Random derivations that take each other in, as text.

use std::fmt::Write as _;

use crate::random::Random;

const STRINGS: &[&str] = &[
    "",
    "plain",
    "two words",
    "line\\nbreak",
    "tab\\t",
    "quote \\\"",
    "back\\\\slash",
    "dollar $ \\${x}",
    "ünïcödé ✓",
    "/usr/bin/env",
    "-",
    "'",
    "\\r",
    "a=b",
];
const NAMES: &[&str] = &[
    "hello-2.12",
    "x",
    "a_b+c",
    "lib.so",
    "Name-With-Caps",
    "0start",
    "q?m=1",
];
const ATTRIBUTES: &[&str] = &[
    "src",
    "buildInputs",
    "flags",
    "passthru_",
    "Zeta",
    "alpha",
    "_under",
    "preferLocalBuild",
    "passAsFile",
    "allowedReferences",
    "impureEnvVars",
    "a-b",
    "meta2",
    "nested",
];
const OUTPUTS: &[&str] = &["out", "dev", "lib", "bin", "man"];

/// One graph: an expression whose value lists the paths of all derivations and their outputs.
pub(crate) fn graph(seed: u64) -> String {
    let mut graph = Graph {
        random: Random::new(seed),
        outputs: Vec::new(),
    };
    let count = 1 + graph.random.below(5);
    let mut text = String::from("let\n");
    for index in 0..count {
        let derivation = graph.derivation();
        let _ = writeln!(text, "  d{index} = derivation {derivation};");
    }
    let names: Vec<String> = (0..count).map(|index| format!("d{index}")).collect();
    let _ = write!(
        text,
        "in map (d: [ d.drvPath (map (o: [ o.outputName o.outPath ]) d.all) ]) [ {} ]",
        names.join(" ")
    );
    text
}

struct Graph {
    random: Random,
    /// The outputs of the derivations so far.
    outputs: Vec<Vec<&'static str>>,
}

impl Graph {
    fn derivation(&mut self) -> String {
        let structured = self.random.once_in(4);
        let fixed = self.random.once_in(5);
        let mut attributes = vec![
            ("name".to_owned(), format!("\"{}\"", self.random.pick(NAMES))),
            ("system".to_owned(), "\"x86_64-linux\"".to_owned()),
            ("builder".to_owned(), self.builder(structured)),
        ];
        let mut outputs = vec!["out"];
        if fixed {
            self.fixed_output(&mut attributes);
        } else if self.random.once_in(2) {
            outputs = self.some_outputs();
            let quoted: Vec<String> = outputs.iter().map(|name| format!("\"{name}\"")).collect();
            attributes.push(("outputs".to_owned(), format!("[ {} ]", quoted.join(" "))));
        }
        if structured {
            attributes.push(("__structuredAttrs".to_owned(), "true".to_owned()));
        }
        if self.random.once_in(4) {
            attributes.push(("__ignoreNulls".to_owned(), "true".to_owned()));
        }
        if self.random.once_in(2) {
            attributes.push(("args".to_owned(), self.list(2, false)));
        }
        for _ in 0..self.random.below(6) {
            let name = (*self.random.pick(ATTRIBUTES)).to_owned();
            if attributes.iter().all(|(known, _)| *known != name) {
                attributes.push((name, self.value(3, structured)));
            }
        }
        self.outputs.push(outputs);
        let mut text = String::from("{");
        for (name, value) in attributes {
            let _ = write!(text, " {name} = {value};");
        }
        text.push_str(" }");
        text
    }

    fn some_outputs(&mut self) -> Vec<&'static str> {
        let mut outputs = Vec::new();
        for _ in 0..=self.random.below(3) {
            let output = *self.random.pick(OUTPUTS);
            if !outputs.contains(&output) {
                outputs.push(output);
            }
        }
        outputs
    }

    fn fixed_output(&mut self, attributes: &mut Vec<(String, String)>) {
        let (algorithm, digest) = *self.random.pick(&[
            ("", "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
            ("sha256", "0000000000000000000000000000000000000000000000000000"),
            (
                "sha256",
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
            ("sha1", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            ("md5", "d41d8cd98f00b204e9800998ecf8427e"),
            ("sha256", "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
        ]);
        attributes.push(("outputHash".to_owned(), format!("\"{digest}\"")));
        if !algorithm.is_empty() {
            attributes.push(("outputHashAlgo".to_owned(), format!("\"{algorithm}\"")));
        }
        if self.random.once_in(2) {
            let mode = *self.random.pick(&["flat", "recursive", "nar"]);
            attributes.push(("outputHashMode".to_owned(), format!("\"{mode}\"")));
        }
    }

    fn builder(&mut self, structured: bool) -> String {
        match self.random.below(4) {
            0 if !structured => "./files/text.txt".to_owned(),
            1 if !self.outputs.is_empty() => format!("\"${{{}}}/bin/sh\"", self.reference()),
            _ => "\"/bin/sh\"".to_owned(),
        }
    }

    /// An earlier derivation, or one of its outputs.
    fn reference(&mut self) -> String {
        let index = self.random.below(self.outputs.len());
        let outputs = self.outputs.get(index).cloned().unwrap_or_default();
        match self.random.once_in(2) {
            true => format!("d{index}"),
            false => format!("d{index}.{}", self.random.pick(&outputs)),
        }
    }

    fn text(&mut self) -> String {
        let plain = *self.random.pick(STRINGS);
        match self.random.below(7) {
            0 if !self.outputs.is_empty() => format!("\"{plain}${{{}}}/x\"", self.reference()),
            1 if !self.outputs.is_empty() => {
                let index = self.random.below(self.outputs.len());
                let function = *self.random.pick(&[
                    "",
                    "builtins.unsafeDiscardOutputDependency ",
                    "builtins.unsafeDiscardStringContext ",
                    "builtins.addDrvOutputDependencies ",
                ]);
                format!("({function}d{index}.drvPath)")
            }
            2 => format!("(builtins.toFile \"note\" \"{plain}\")"),
            3 => {
                "(builtins.toFile \"deep\" \"see ${builtins.toFile \"note\" \"inner\"} ${./files/text.txt}\")"
                    .to_owned()
            }
            4 => self.source(),
            _ => format!("\"{plain}\""),
        }
    }

    fn source(&mut self) -> String {
        (*self.random.pick(&[
            "./files/text.txt",
            "./files/dir",
            "\"${./files}\"",
            "(builtins.path { path = ./files; name = \"some\"; filter = path: type: type == \"regular\"; })",
            "(builtins.path { path = ./files/text.txt; recursive = false; })",
            "(builtins.filterSource (path: type: baseNameOf path != \"text.txt\") ./files)",
        ]))
        .to_owned()
    }

    fn value(&mut self, depth: usize, structured: bool) -> String {
        match self.random.below(if depth == 0 { 7 } else { 10 }) {
            0 => self.random.below(100_000).to_string(),
            1 => (*self.random.pick(&["true", "false", "null"])).to_owned(),
            2 => (*self
                .random
                .pick(&["1.5", "0.1", "1.0", "123456789.123", "1.0e-7", "1.0e30"]))
            .to_owned(),
            3 if !self.outputs.is_empty() => self.reference(),
            4..=6 => self.text(),
            7 if structured => {
                let (first, second) = (self.value(depth - 1, true), self.value(depth - 1, true));
                format!("{{ b = {first}; \"a b\" = {second}; }}")
            }
            _ => self.list(depth.max(1) - 1, structured),
        }
    }

    fn list(&mut self, depth: usize, structured: bool) -> String {
        let items: Vec<String> = (0..self.random.below(4))
            .map(|_| self.value(depth, structured))
            .collect();
        format!("[ {} ]", items.join(" "))
    }
}
