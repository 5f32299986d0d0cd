//! Prints syntax trees as `nix-instantiate --parse` does.

use super::ast::{AttrName, Binding, BindingValue, Expr, Kind, Lambda, Name, Operator, Part, Set, Tree};
use crate::paths;
use crate::pure::numbers::float_to_display;
use crate::pure::print_string::{push_identifier, push_string};

/// The text of a whole tree, with all parentheses; paths stay as they were written.
pub fn print(tree: &Tree<'_>) -> String {
    print_part(tree, &tree.root)
}

/// The text of an expression of `tree`; paths stay as they were written.
pub fn print_part(tree: &Tree<'_>, expr: &Expr<'_>) -> String {
    Printer::new(tree, None, None).printed(expr)
}

/// The text of a tree that stands in `directory`: paths are absolute.
pub fn print_in(tree: &Tree<'_>, directory: &str, home: Option<&str>) -> String {
    Printer::new(tree, Some(directory), home).printed(&tree.root)
}

/// The text of an attribute name, quoted where it must be.
pub fn attr_name(name: &str) -> String {
    let mut out = String::new();
    push_identifier(&mut out, name);
    out
}

struct Printer<'p> {
    tree: &'p Tree<'p>,
    out: String,
    /// Where relative paths begin, if they are resolved.
    directory: Option<&'p str>,
    /// What `~` stands for.
    home: Option<&'p str>,
}

impl<'p> Printer<'p> {
    fn new(tree: &'p Tree<'p>, directory: Option<&'p str>, home: Option<&'p str>) -> Self {
        Self {
            tree,
            out: String::new(),
            directory,
            home,
        }
    }

    fn printed(mut self, expr: &Expr<'_>) -> String {
        self.expr(expr);
        self.out
    }

    fn name(&mut self, name: Name) {
        push_identifier(&mut self.out, self.tree.names.text(name));
    }

    /// A path literal; the slash at the end of one that goes on after an interpolation stays.
    fn path_literal(&mut self, path: &str) {
        let Some(directory) = self.directory else {
            return self.text(path);
        };
        let absolute = match (path.strip_prefix("~/"), self.home) {
            (Some(rest), Some(home)) => paths::absolute(rest, home),
            _ => paths::absolute(path, directory),
        };
        self.text(&absolute);
        if path.ends_with('/') && absolute != "/" {
            self.text("/");
        }
    }

    fn text(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn literal(&mut self, bytes: &[u8]) {
        push_string(&mut self.out, &String::from_utf8_lossy(bytes));
    }

    fn expr(&mut self, expr: &Expr<'_>) {
        match expr.kind {
            Kind::Variable(name) => self.name(name),
            Kind::Int(number) => self.text(&number.to_string()),
            Kind::Float(number) => self.text(&float_to_display(number)),
            Kind::String(bytes) => self.literal(bytes),
            Kind::Interpolated(parts) => self.parts(parts, false),
            Kind::Path(path) | Kind::HomePath(path) => self.path_literal(path),
            Kind::PathInterpolated(parts) => self.parts(parts, true),
            Kind::SearchPath(path) => {
                self.text("(__findFile __nixPath ");
                self.literal(path.as_bytes());
                self.text(")");
            }
            Kind::List(items) => self.list(items),
            Kind::Attrs(bindings) => self.set(bindings),
            Kind::LegacyLet(bindings) => {
                self.text("(");
                self.set(bindings);
                self.text(").body");
            }
            Kind::Lambda(lambda) => self.lambda(lambda),
            Kind::CurrentPosition => self.text("__curPos"),
            Kind::Let(..) | Kind::With(..) | Kind::Assert(..) | Kind::If(..) => self.keyword_form(expr),
            _ => self.operator_form(expr),
        }
    }

    fn keyword_form(&mut self, expr: &Expr<'_>) {
        match expr.kind {
            Kind::Let(bindings, body) => {
                self.text("(let ");
                self.bindings(bindings);
                self.join("in ", body, ")");
            }
            Kind::With(scope, body) => {
                self.join("(with ", scope, "; ");
                self.join("", body, ")");
            }
            Kind::Assert(condition, body) => {
                self.join("assert ", condition, "; ");
                self.expr(body);
            }
            Kind::If(parts) => {
                self.join("(if ", &parts.condition, " then ");
                self.join("", &parts.then, " else ");
                self.join("", &parts.otherwise, ")");
            }
            _ => {}
        }
    }

    fn operator_form(&mut self, expr: &Expr<'_>) {
        match expr.kind {
            Kind::Call(call) => {
                match call.continues {
                    true => self.without_last_parenthesis(&call.function),
                    false => self.function(&call.function),
                }
                for argument in call.arguments {
                    self.join(" ", argument, "");
                }
                self.text(")");
            }
            Kind::Select(select) => {
                self.join("(", &select.subject, ").");
                self.path(select.path);
                if let Some(default) = select.default {
                    self.join(" or (", default, ")");
                }
            }
            Kind::HasAttr(test) => {
                self.join("((", &test.subject, ") ? ");
                self.path(test.path);
                self.text(")");
            }
            Kind::Not(operand) => self.join("(! ", operand, ")"),
            Kind::Negate(operand) => self.join("(__sub 0 ", operand, ")"),
            Kind::Binary(operator, left, right) => self.binary(operator, left, right),
            _ => {}
        }
    }

    /// The beginning of a call. Operators that are calls for Nix take further arguments, as its calls do.
    fn function(&mut self, function: &Expr<'_>) {
        match function.kind {
            Kind::SearchPath(_) | Kind::Negate(_) => self.without_last_parenthesis(function),
            Kind::Binary(
                Operator::Less
                | Operator::Greater
                | Operator::Subtract
                | Operator::Multiply
                | Operator::Divide,
                ..,
            ) => self.without_last_parenthesis(function),
            _ => self.join("(", function, ""),
        }
    }

    fn without_last_parenthesis(&mut self, expr: &Expr<'_>) {
        self.expr(expr);
        self.out.pop();
    }

    fn join(&mut self, before: &str, expr: &Expr<'_>, after: &str) {
        self.text(before);
        self.expr(expr);
        self.text(after);
    }

    fn three(&mut self, texts: [&str; 3], left: &Expr<'_>, right: &Expr<'_>) {
        self.join(texts[0], left, texts[1]);
        self.join("", right, texts[2]);
    }

    fn binary(&mut self, operator: Operator, left: &Expr<'_>, right: &Expr<'_>) {
        match operator {
            Operator::Less => self.three(["(__lessThan ", " ", ")"], left, right),
            Operator::Greater => self.three(["(__lessThan ", " ", ")"], right, left),
            Operator::LessOrEqual => self.three(["(! (__lessThan ", " ", "))"], right, left),
            Operator::GreaterOrEqual => self.three(["(! (__lessThan ", " ", "))"], left, right),
            Operator::Subtract => self.three(["(__sub ", " ", ")"], left, right),
            Operator::Multiply => self.three(["(__mul ", " ", ")"], left, right),
            Operator::Divide => self.three(["(__div ", " ", ")"], left, right),
            Operator::Equal => self.three(["(", " == ", ")"], left, right),
            Operator::NotEqual => self.three(["(", " != ", ")"], left, right),
            Operator::And => self.three(["(", " && ", ")"], left, right),
            Operator::Or => self.three(["(", " || ", ")"], left, right),
            Operator::Implies => self.three(["(", " -> ", ")"], left, right),
            Operator::Update => self.three(["(", " // ", ")"], left, right),
            Operator::Concat => self.three(["(", " ++ ", ")"], left, right),
            Operator::Add => self.three(["(", " + ", ")"], left, right),
        }
    }

    fn parts(&mut self, parts: &[Part<'_>], is_path: bool) {
        self.text("(");
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                self.text(" + ");
            }
            match part {
                Part::Text(text) if is_path && index == 0 => {
                    self.path_literal(&String::from_utf8_lossy(text))
                }
                Part::Text(text) => self.literal(text),
                Part::Expr(inner) => self.expr(inner),
            }
        }
        self.text(")");
    }

    fn list(&mut self, items: &[Expr<'_>]) {
        self.text("[ ");
        for item in items {
            self.join("(", item, ") ");
        }
        self.text("]");
    }

    fn set(&mut self, set: Set) {
        let is_recursive = self.tree.bindings(set).recursive;
        self.text(if is_recursive { "rec { " } else { "{ " });
        self.bindings(set);
        self.text("}");
    }

    /// Inherited names, those from a source, plain ones, computed ones; each sorted by name.
    fn bindings(&mut self, set: Set) {
        let bindings = self.tree.bindings(set);
        let mut sorted: Vec<&Binding<'_>> = bindings.named.iter().collect();
        sorted.sort_by_key(|binding| self.tree.names.text(binding.name));
        let inherited = |binding: &&&Binding<'_>| matches!(binding.value, BindingValue::Inherit);
        self.inherit(None, sorted.iter().filter(inherited).map(|binding| binding.name));
        for (index, source) in bindings.inherit_sources().iter().enumerate() {
            let from =
                |binding: &&&Binding<'_>| matches!(binding.value, BindingValue::InheritFrom(i) if i == index);
            self.inherit(
                Some(source),
                sorted.iter().filter(from).map(|binding| binding.name),
            );
        }
        for binding in sorted {
            if let BindingValue::Plain(value) = &binding.value {
                self.name(binding.name);
                self.join(" = ", value, "; ");
            }
        }
        for binding in bindings.dynamic() {
            self.join("\"${", binding.name, "}\" = ");
            self.join("", &binding.value, "; ");
        }
    }

    fn inherit(&mut self, source: Option<&Expr<'_>>, names: impl Iterator<Item = Name>) {
        let mut names = names.peekable();
        if names.peek().is_none() {
            return;
        }
        self.text("inherit");
        if let Some(source) = source {
            self.join(" (", source, ")");
        }
        for name in names {
            self.text(" ");
            self.name(name);
        }
        self.text("; ");
    }

    fn path(&mut self, path: &[AttrName<'_>]) {
        for (index, name) in path.iter().enumerate() {
            if index > 0 {
                self.text(".");
            }
            match name {
                AttrName::Static(name) => self.name(*name),
                AttrName::Dynamic(name) => self.join("\"${", name, "}\""),
            }
        }
    }

    fn lambda(&mut self, lambda: &Lambda<'_>) {
        self.text("(");
        if let Some(pattern) = &lambda.pattern {
            let mut formals: Vec<_> = pattern.formals.iter().collect();
            formals.sort_by_key(|formal| self.tree.names.text(formal.name));
            self.text("{ ");
            for (index, formal) in formals.iter().enumerate() {
                if index > 0 {
                    self.text(", ");
                }
                self.name(formal.name);
                if let Some(default) = &formal.default {
                    self.join(" ? ", default, "");
                }
            }
            if pattern.ellipsis {
                self.text(if formals.is_empty() { "..." } else { ", ..." });
            }
            self.text(if lambda.argument.is_some() { " } @ " } else { " }" });
        }
        if let Some(argument) = lambda.argument {
            self.name(argument);
        }
        self.join(": ", &lambda.body, ")");
    }
}
