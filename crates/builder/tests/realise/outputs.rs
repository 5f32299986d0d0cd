//! What is recorded about outputs, and what they may refer to.

use std::collections::BTreeSet;

use builder::BuildError;
use nix_formats::{Hash, Method, StorePath};

use crate::workshop::{Recipe, Workshop};

#[test]
fn references_are_what_is_mentioned_of_what_was_visible() {
    let workshop = Workshop::new();
    let mentioned = workshop.test("mentioned", &[], &[]);
    let silent = workshop.test("silent", &[], &[]);
    let stranger = workshop.test("stranger", &[], &[]);
    let (path, strange) = (workshop.output(&mentioned), workshop.output(&stranger));
    workshop.realise(&[&stranger]).unwrap();
    let text = format!("uses {path}/bin/x and {strange}");
    let top = workshop.test("top", &[("text", &text)], &[&mentioned, &silent]);
    let above = workshop.test("above", &[("text", &workshop.output(&top).to_string())], &[&top]);
    let made = workshop.realise(&[&above]).unwrap();
    let info = workshop.store.require_info(&workshop.output(&top)).unwrap();
    assert_eq!(info.references, BTreeSet::from([path.clone()]));
    assert_eq!((info.deriver, info.ultimate), (Some(top.clone()), true));
    let closure = BTreeSet::from([made[0].clone(), workshop.output(&top), path.clone()]);
    assert_eq!(workshop.store.closure(&made).unwrap(), closure);
    assert_eq!(
        workshop.store.referrers(&path).unwrap(),
        BTreeSet::from([workshop.output(&top)])
    );
    assert_eq!(
        workshop.store.derivers(&path).unwrap(),
        BTreeSet::from([mentioned])
    );
}

#[test]
fn a_fixed_output_has_its_content_address_and_no_references() {
    let workshop = Workshop::new();
    let input = workshop.test("input", &[], &[]);
    let fixed = |text: &str| {
        workshop.derive(&Recipe {
            environment: &[("text", text)],
            inputs: &[&input],
            fixed: Some((Method::Flat, Hash::sha256(text.as_bytes()))),
            ..Recipe::default()
        })
    };
    let made = workshop.realise(&[&fixed("content")]).unwrap();
    let info = workshop.store.require_info(&made[0]).unwrap();
    let expected = format!("fixed:{}", Hash::sha256(b"content").to_prefixed_nix32());
    assert_eq!(info.content_address.unwrap().to_string(), expected);
    let referring = fixed(&workshop.output(&input).to_string());
    let error = workshop.realise(&[&referring]).unwrap_err();
    assert!(
        matches!(&error, BuildError::BadOutput { reason, .. } if reason.contains("may not refer to")),
        "{error}"
    );
}

/// `top` mentions `middle`, which mentions `bottom`.
#[track_caller]
fn check(attribute: &str, list: &dyn Fn(&StorePath, &StorePath) -> String, fine: bool) {
    let workshop = Workshop::new();
    let bottom = workshop.test("bottom", &[], &[]);
    let below = workshop.output(&bottom);
    let middle = workshop.test("middle", &[("text", &below.to_string())], &[&bottom]);
    let direct = workshop.output(&middle);
    let value = list(&direct, &below);
    let environment = [("text", &*direct.to_string()), (attribute, &value)];
    let top = workshop.test("top", &environment, &[&middle, &bottom]);
    let result = workshop.realise(&[&top]);
    assert_eq!(result.is_ok(), fine, "{attribute} {value}: {result:?}");
    if let Err(error) = result {
        assert_eq!(error.class().exit_code(), 100, "{error}");
        assert!(!workshop.store.is_valid(&workshop.output(&top)).unwrap());
    }
}

#[test]
fn a_derivation_limits_what_its_outputs_refer_to() {
    let none = |_: &StorePath, _: &StorePath| String::new();
    let direct = |direct: &StorePath, _: &StorePath| direct.to_string();
    let below = |_: &StorePath, below: &StorePath| below.to_string();
    let both = |direct: &StorePath, below: &StorePath| format!("{direct} {below}");
    let own = |_: &StorePath, _: &StorePath| "out".to_owned();
    let junk = |_: &StorePath, _: &StorePath| "no-such-output".to_owned();
    check("allowedReferences", &none, false);
    check("allowedReferences", &direct, true);
    check("allowedReferences", &own, false);
    check("allowedReferences", &junk, false);
    check("allowedRequisites", &direct, false);
    check("allowedRequisites", &both, true);
    check("disallowedReferences", &none, true);
    check("disallowedReferences", &direct, false);
    check("disallowedReferences", &below, true);
    check("disallowedRequisites", &below, false);
    check("disallowedRequisites", &own, true);
}

#[test]
fn outputs_may_not_refer_to_each_other_in_a_circle() {
    let workshop = Workshop::new();
    let blank = |text| {
        workshop.derive(&Recipe {
            outputs: &["dev", "out"],
            environment: &[("text", text)],
            ..Recipe::default()
        })
    };
    // The test builder writes `$dev` and `$out` as the paths that they stand for.
    let error = workshop.realise(&[&blank("$dev $out")]).unwrap_err();
    assert!(
        matches!(&error, BuildError::BadOutput { reason, .. } if reason.contains("leads back to it")),
        "{error}"
    );
    workshop.nothing_is_left();
    let one_way = blank("$out");
    workshop.realise(&[&one_way]).unwrap();
    let (dev, out) = (workshop.named_output(&one_way, "dev"), workshop.output(&one_way));
    assert_eq!(
        workshop.store.references(&dev).unwrap(),
        BTreeSet::from([out.clone()])
    );
    assert_eq!(
        workshop.store.closure([&dev]).unwrap(),
        BTreeSet::from([dev, out])
    );
}

/// `$path` in the checks is what the output mentions, `$below` what that mentions.
#[track_caller]
fn check_structured(checks: &str, complaint: Option<&str>) {
    let workshop = Workshop::new();
    let bottom = workshop.test("bottom", &[("text", "0123456789")], &[]);
    let below = workshop.output(&bottom).to_string();
    let middle = workshop.test("middle", &[("text", &below)], &[&bottom]);
    let path = workshop.output(&middle).to_string();
    let checks = checks.replace("$path", &path).replace("$below", &below);
    let json = format!(r#"{{"outputChecks":{{"out":{checks}}}}}"#);
    let top = workshop.test(
        "top",
        &[("text", &format!("{path} $out")), ("__json", &json)],
        &[&middle],
    );
    let result = workshop.realise(&[&top]);
    match complaint {
        None => assert!(result.is_ok(), "{checks}: {result:?}"),
        Some(complaint) => {
            let error = result.unwrap_err();
            assert_eq!(error.class().exit_code(), 100);
            assert!(error.to_string().contains(complaint), "{checks}: {error}");
        }
    }
}

#[test]
fn structured_attributes_limit_each_output() {
    for (checks, complaint) in [
        ("{}", None),
        (r#"{"maxSize":1000}"#, None),
        (r#"{"maxSize":100}"#, Some("is too large")),
        (r#"{"maxClosureSize":1000}"#, None),
        (
            r#"{"maxClosureSize":400}"#,
            Some("with all that it needs is too large"),
        ),
        (r#"{"allowedReferences":["$path","out"]}"#, None),
        (
            r#"{"allowedReferences":["$path"]}"#,
            Some("not allowed to refer to"),
        ),
        (r#"{"allowedRequisites":["$path","$below","out"]}"#, None),
        // Other than without structured attributes, an output needs permission to need itself.
        (
            r#"{"allowedRequisites":["$path","$below"]}"#,
            Some("not allowed to need"),
        ),
        (
            r#"{"disallowedRequisites":["$below"]}"#,
            Some("not allowed to need"),
        ),
        (r#"{"disallowedReferences":["$below"]}"#, None),
        (r#"{"maxSize":"large"}"#, Some("'outputChecks.out'")),
    ] {
        check_structured(checks, complaint);
    }
}
