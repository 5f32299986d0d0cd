//! `hardpan repl` with lines from a file.

use std::fs::File;

use crate::project::Project;

/// Checks what a conversation shows and says.
#[track_caller]
fn check(lines: &str, shown: &str, said: &[&str]) {
    let project = Project::new();
    project.write("project/set.nix", "{ m = 1; n = 2; }");
    project.write("project/lines", lines);
    let mut command = project.command(&["repl"]);
    command.stdin(File::open(project.path("project/lines")).expect("it was written"));
    let output = command.output().expect("the command starts");
    let text = |bytes: &[u8]| project.plain(&String::from_utf8_lossy(bytes));
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{lines}\n{out}{err}");
    let answers: Vec<&str> = out.split('\n').filter(|line| !line.is_empty()).collect();
    assert_eq!(answers.join("\n"), shown, "{lines}\n{err}");
    for text in said {
        assert!(err.contains(text), "{lines}: {text:?} is not in\n{err}");
    }
}

#[test]
fn expressions_are_evaluated_and_names_bound() {
    check("1 + 1\n", "2", &[]);
    check("x = 2\nx * 3\n", "6", &[]);
    check("let y =\n  1; in y\n", "1", &[]);
    check(
        "{ a = { b = 1; }; c = [ 2 ]; }\n",
        "{\n  a = { ... };\n  c = [ ... ];\n}",
        &[],
    );
    check(":p { a = { b = 1; }; }\n", "{\n  a = { b = 1; };\n}", &[]);
    check(
        "{ a = throw \"x\"; b = 2; }\n",
        "{\n  a = «error: x»;\n  b = 2;\n}",
        &[],
    );
    check(":t builtins.add\n", "the built-in function 'add'", &[]);
    check(":t x: x\n:q\n1\n", "a function", &[]);
}

#[test]
fn sets_and_files_become_variables() {
    check(":a { q = 1; }\nq\n", "1", &["Added 1 variable.\nq\n"]);
    check(
        ":l set.nix\nm + n\n:r\nn\n",
        "3\n2",
        &["Added 2 variables.\nm, n\n"],
    );
}

#[test]
fn errors_do_not_end_the_conversation() {
    check("nope\n1\n", "1", &["error: undefined variable 'nope'"]);
    check(":zz\n1 }\n2\n", "2", &["unknown command ':zz'", "syntax error"]);
    check(
        ":doc 1\n:doc builtins.head\n",
        "Synopsis: builtins.head list\nThe first item.",
        &["does not have documentation"],
    );
}
