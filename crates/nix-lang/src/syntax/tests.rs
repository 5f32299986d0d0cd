//! What texts mean, shown as `nix-instantiate --parse` shows it.

use bumpalo::Bump;

use super::ast::Kind;
use super::{Features, SyntaxError, check as read_only, parse, printed};

fn read(text: &str) -> Result<String, SyntaxError> {
    printed(text.as_bytes(), Features { pipe_operators: true })
}

fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        match read(text) {
            Ok(printed) => assert_eq!(printed, *expected, "{text}"),
            Err(error) => panic!("{text}: {error}"),
        }
    }
}

fn check_errors(cases: &[(&str, u32, &str)]) {
    for (text, offset, message) in cases {
        let error = read(text).expect_err(text);
        assert_eq!(
            (error.offset, error.message.as_str()),
            (*offset, *message),
            "{text}"
        );
    }
}

#[test]
fn operators_bind_as_they_should() {
    check(&[
        ("1 + 2 * 3 - 4", "(__sub (1 + (__mul 2 3)) 4)"),
        ("a -> b -> c || d && e", "(a -> (b -> (c || (d && e))))"),
        ("a // b // c", "(a // (b // c))"),
        ("a ++ b ++ c + d", "((a ++ (b ++ c)) + d)"),
        ("!a + b == c", "((! (a + b)) == c)"),
        ("a ++ !b + c", "(a ++ (! (b + c)))"),
        ("-a * b", "(__mul (__sub 0 a) b)"),
        ("-a ? b", "(((__sub 0 a)) ? b)"),
        ("!a ? b.c", "(! ((a) ? b.c))"),
        ("a ? b ? c", "((((a) ? b)) ? c)"),
        ("- - 1", "(__sub 0 (__sub 0 1))"),
        ("a < b && c >= d", "((__lessThan a b) && (! (__lessThan c d)))"),
        ("a <= b || c > d", "((! (__lessThan b a)) || (__lessThan d c))"),
        ("f x.y (g z) -1", "(__sub (f (x).y (g z)) 1)"),
        ("f a.b or c d", "(f (a).b or (c) d)"),
        ("a |> f |> g x", "(g x (f a))"),
        ("(f a) b ((g c) d)", "(f a b (g c d))"),
        ("(a - b) c", "(__sub a b c)"),
        ("(a >= b) c", "((! (__lessThan a b)) c)"),
        ("(<a>) (-b) c", "(__findFile __nixPath \"a\" (__sub 0 b) c)"),
        ("f <| g <| a + 1", "(f (g (a + 1)))"),
        ("1/2", "1/2"),
        ("1 / 2", "(__div 1 2)"),
    ]);
}

#[test]
fn literals() {
    check(&[
        ("[ 1 1.5 .5 1.0e10 00 ]", "[ (1) (1.5) (0.5) (1e+10) (0) ]"),
        ("\"a\\n\\t\\\"\\${b}\\$c$d$$\"", "\"a\\n\\t\\\"\\${b}$c$d$$\""),
        ("\"a${b}c${d}\"", "(\"a\" + b + \"c\" + d)"),
        ("\"$${a}\"", "\"$\\${a}\""),
        ("\"a\r\nb\rc\"", "\"a\\nb\\nc\""),
        ("http://x.y/z?a=b", "\"http://x.y/z?a=b\""),
        ("x:x", "\"x:x\""),
        ("<nixpkgs/lib>", "(__findFile __nixPath \"nixpkgs/lib\")"),
        ("[ ./a a/b /c ~/d ../. ]", "[ (./a) (a/b) (/c) (~/d) (../.) ]"),
        ("./a/${b}c/d.${e}", "(./a/ + b + \"c/d.\" + e)"),
        ("a/${b}", "(a/ + b)"),
        ("/* a */ # b\n 1 /**/", "1"),
        ("__curPos", "__curPos"),
    ]);
}

#[test]
fn indented_strings_lose_their_indentation() {
    check(&[
        ("''a''", "\"a\""),
        ("''\n  a\n    b\n  ''", "\"a\\n  b\\n\""),
        ("''   \n  x\n''", "\"x\\n\""),
        ("''  a\n   b''", "\"a\\n b\""),
        ("''\n\ta\n''", "\"\\ta\\n\""),
        ("''\n\n  a\n ''", "\"\\na\\n\""),
        ("''\n  a\n\n  b''", "\"a\\n\\nb\""),
        ("''\n  ${a}\n    b''", "(a + \"\\n  b\")"),
        ("'' ${a} b''", "(a + \" b\")"),
        ("''a'''b''", "(\"a\" + \"''\" + \"b\")"),
        (
            "''a''\\nb''\\tc''\\x''",
            "(\"a\" + \"\\n\" + \"b\" + \"\\t\" + \"c\" + \"x\")",
        ),
        ("''a''${b}$${c}''", "(\"a\" + \"$\" + \"{b}$\\${c}\")"),
        ("''$''", "\"$\""),
        ("''a$'b''", "(\"a\" + \"$\" + \"'b\")"),
        ("''  '${a}''", "(\"'\" + a)"),
        ("''a '$ ''", "(\"a \" + \"'\" + \"$ \")"),
        ("[ ''${\"a\"}'' \"${\"a\"}\" ]", "[ (\"a\") ((\"a\")) ]"),
        ("'' ''\\n  x''", "(\"\\n\" + \" x\")"),
    ]);
}

#[test]
fn functions_sets_and_the_like() {
    check(&[
        ("x: y: x", "(x: (y: x))"),
        ("{ b, a ? 1, ... }@c: a", "({ a ? 1, b, ... } @ c: a)"),
        ("c@{ }: 1", "({  } @ c: 1)"),
        ("{ ... }: 1", "({ ... }: 1)"),
        ("{ a, }: a", "({ a }: a)"),
        ("let b = 1; inherit a; in b", "(let inherit a; b = 1; in b)"),
        ("let { body = 1; }", "(rec { body = 1; }).body"),
        ("with a; assert b; c", "(with a; assert b; c)"),
        (
            "if a then b else if c then d else e",
            "(if a then b else (if c then d else e))",
        ),
        (
            "rec { inherit (a) c b; inherit d; x = 1; }",
            "rec { inherit d; inherit (a) b c; x = 1; }",
        ),
        (
            "{ \"a b\" = 1; ${\"c\"} = 2; \"${d}\" = 3; or = 4; \"if\" = 5; }",
            "{ \"a b\" = 1; c = 2; \"if\" = 5; or = 4; \"${(d)}\" = 3; }",
        ),
        ("a.\"b\".${c}.or or d", "(a).b.\"${c}\".or or (d)"),
        ("f or", "(f or)"),
    ]);
}

#[test]
fn paths_that_begin_alike_are_merged() {
    check(&[
        ("{ a.b = 1; a.c = 2; }", "{ a = { b = 1; c = 2; }; }"),
        ("{ a = { b = 1; }; a.c = 2; }", "{ a = { b = 1; c = 2; }; }"),
        (
            "{ a.b = 1; a = { c.d = 2; }; a.c.e = 3; }",
            "{ a = { b = 1; c = { d = 2; e = 3; }; }; }",
        ),
        (
            "{ a = rec { b = 1; }; a = { c = b; }; }",
            "{ a = rec { b = 1; c = b; }; }",
        ),
        (
            "{ a = { inherit (x) b; }; a = { inherit (y) c; inherit d; }; }",
            "{ a = { inherit d; inherit (x) b; inherit (y) c; }; }",
        ),
        (
            "{ a.${b} = 1; a.c = 2; ${d}.e = 3; }",
            "{ a = { c = 2; \"${b}\" = 1; }; \"${d}\" = { e = 3; }; }",
        ),
    ]);
}

#[test]
fn many_bindings_are_found_by_name() {
    let names = (0..100).map(|number| format!("a{number}.b = {number}; a{number}.c = 1; "));
    let text = format!("{{ {}}}", names.collect::<String>());
    let arena = Bump::new();
    let tree = parse(text.as_bytes(), &arena, Features::default()).expect("parses");
    let Kind::Attrs(set) = tree.root.kind else {
        panic!("not a set")
    };
    assert_eq!(tree.bindings(set).named.len(), 100);
    let error =
        read("{ a=1; b=1; c=1; d=1; e=1; f=1; g=1; h=1; i=1; j=1; k=1; l=1; m=1; n=1; o=1; p=1; q=1; c=2; }");
    assert_eq!(
        error.expect_err("c twice").message,
        "attribute 'c' already defined"
    );
}

#[test]
fn names_defined_twice() {
    for (text, offset, message, defined_at) in [
        ("{ a = 1; a = 2; }", 9, "attribute 'a' already defined", 2),
        ("{ a.b = 1; a.b = 2; }", 11, "attribute 'a.b' already defined", 2),
        ("{ a = 1; a.b = 2; }", 9, "attribute 'a' already defined", 2),
        ("{ a.b = 1; a = 2; }", 11, "attribute 'a' already defined", 2),
        (
            "{ a = { b = 1; }; a.b = 2; }",
            18,
            "attribute 'a.b' already defined",
            8,
        ),
        ("{ inherit a; a = 1; }", 13, "attribute 'a' already defined", 10),
        (
            "{ a = 1; inherit (b) a; }",
            21,
            "attribute 'a' already defined",
            2,
        ),
        (
            "let \"x y\" = 1; \"x y\" = 2; in 1",
            15,
            "attribute '\"x y\"' already defined",
            4,
        ),
    ] {
        let error = read(text).expect_err(text);
        let expected = SyntaxError {
            message: message.into(),
            offset,
            defined_at: Some(defined_at),
        };
        assert_eq!(error, expected, "{text}");
    }
    check_errors(&[
        ("{ a, b, a }: 1", 8, "duplicate formal function argument 'a'"),
        ("a@{ a }: 1", 0, "duplicate formal function argument 'a'"),
        ("{ a }@a: 1", 0, "duplicate formal function argument 'a'"),
    ]);
}

#[test]
fn syntax_errors() {
    check_errors(&[
        ("", 0, "syntax error, unexpected end of file"),
        ("{ a = 1 }", 8, "syntax error, unexpected '}', expecting ';'"),
        (
            "{ a 1; }",
            4,
            "syntax error, unexpected integer, expecting '.' or '='",
        ),
        ("[1 2", 4, "syntax error, unexpected end of file"),
        ("(1", 2, "syntax error, unexpected end of file, expecting ')'"),
        ("1 )", 2, "syntax error, unexpected ')', expecting end of file"),
        ("a == b == c", 7, "syntax error, unexpected '=='"),
        ("f x: y", 3, "syntax error, unexpected ':', expecting end of file"),
        (
            "if a then b",
            11,
            "syntax error, unexpected end of file, expecting 'else'",
        ),
        ("let ${a} = 1; in 1", 0, "dynamic attributes not allowed in let"),
        (
            "{ inherit ${a}; }",
            10,
            "dynamic attributes not allowed in inherit",
        ),
        ("/foo/", 0, "path has a trailing slash"),
        (
            "./a//b",
            0,
            "syntax error, unexpected end of path, expecting '${'",
        ),
        ("\"abc", 4, "syntax error, unexpected end of file, expecting '\"'"),
        ("\"${a b; }\"", 6, "syntax error, unexpected ';', expecting '}'"),
        (
            "a. 1",
            3,
            "syntax error, unexpected integer, expecting identifier or 'or' or '${' or '\"'",
        ),
        (
            "99999999999999999999",
            0,
            "invalid integer '99999999999999999999'",
        ),
        ("1.0e999", 0, "invalid float '1.0e999'"),
        ("%", 0, "syntax error, unexpected invalid token"),
        (
            "a |> b <| c",
            7,
            "syntax error, unexpected '<|', expecting end of file",
        ),
    ]);
    let error = read_only(b"a |> b", Features::default()).expect_err("pipes are off");
    assert!(error.message.contains("'pipe-operators' is disabled"));
}

#[test]
fn hostile_texts_are_refused() {
    let count = 200_000;
    let texts = [
        "(", "[", "{a=", "!", "-", "x: ", "1 ++ ", "1 + ", "a.", "let a=", "if ", "\"${", "f <| ", "a |> ",
    ];
    let refused = |text: String| read_only(text.as_bytes(), Features { pipe_operators: true }).is_err();
    let check = move || texts.iter().filter(|text| !refused(text.repeat(count))).count();
    let thread = std::thread::Builder::new()
        .stack_size(8 << 20)
        .spawn(check)
        .expect("a thread");
    assert_eq!(thread.join().expect("no panic"), 0);
}

#[test]
fn calls_of_calls_take_no_more_room_than_their_text() {
    let (depth, arguments) = (1000, 10_000);
    let text = format!(
        "{}f{}{}",
        "(".repeat(depth),
        " a".repeat(arguments),
        ") a".repeat(depth)
    );
    let arena = Bump::new();
    parse(text.as_bytes(), &arena, Features::default()).expect("parses");
    assert!(arena.allocated_bytes() < 100 * text.len());
}

#[test]
fn positions() {
    for (text, at) in [
        (" f x", 1),
        ("1 + 2", 2),
        ("a.b", 0),
        ("(a).b", 0),
        ("(f x) y", 1),
        ("x |> f", 2),
        ("x |> f y", 5),
        ("x: x", 0),
        ("!a", 0),
    ] {
        let arena = Bump::new();
        let tree = parse(text.as_bytes(), &arena, Features { pipe_operators: true }).expect(text);
        assert_eq!(tree.root.at, at, "{text}");
    }
}

/// Texts with random bytes changed must be read or refused, but never make the parser panic.
#[test]
fn damaged_texts_do_no_harm() {
    let text = "let a.\"b\" = x: { c ? ''\n  d ${e}\n ''$ '', ... }@f: rec { inherit (g) h; i = ./j/${k}; l = <m>; }; in \
                with n; assert 1.5 -> !o ? p.${q} or 2; if r then [ s \"\\n${\"t\"}$$\" http://u.v ] else ~/w // -3 /* x */";
    let pieces: Vec<&[u8]> = vec![
        b"''", b"\"", b"${", b"}", b"{", b"(", b"\\", b"\xff", b"\0", b"/", b"\r\n", b"'", b"$", b".",
        b" or ", b"@",
    ];
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for _ in 0..20_000 {
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..=random(4) {
            let at = random(bytes.len());
            let end = (at + random(3)).min(bytes.len());
            bytes.splice(at..end, pieces[random(pieces.len())].iter().copied());
        }
        bytes.truncate(bytes.len() - random(3) * random(40));
        let _ = printed(&bytes, Features::default());
    }
}
