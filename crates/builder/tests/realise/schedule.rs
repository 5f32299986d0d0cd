//! What is built, in which order, and what happens to the rest when something fails.

use builder::{BuildError, Event, FailureClass};

use crate::workshop::{Recipe, Workshop, all_of};

#[test]
fn each_derivation_is_built_once_and_after_what_it_needs() {
    let workshop = Workshop::new();
    let bottom = workshop.test("bottom", &[], &[]);
    let left = workshop.test("left", &[], &[&bottom]);
    let right = workshop.test("right", &[], &[&bottom, &left]);
    let top = workshop.test("top", &[], &[&right, &left]);
    let plan = workshop
        .with_builder(|builder| builder.plan(&[all_of(&top), all_of(&left)]))
        .unwrap();
    assert_eq!(plan.steps.len(), 4);
    assert_eq!(plan.wanted, [workshop.output(&top), workshop.output(&left)]);
    assert_eq!(workshop.realise(&[&top, &left]).unwrap(), plan.wanted);
    assert_eq!(workshop.finished(), ["bottom", "left", "right", "top"]);
    workshop.realise(&[&top]).unwrap();
    assert_eq!(workshop.finished().len(), 4, "nothing is built twice");
    assert_eq!(
        workshop.events.lock().unwrap().last(),
        Some(&Event::Planned {
            fetch: 0,
            build: 0,
            have: 1
        })
    );
}

#[test]
fn wide_and_deep_graphs_are_built_with_any_number_of_jobs() {
    for jobs in [1, 2, 7] {
        let mut workshop = Workshop::new();
        workshop.settings.jobs = jobs;
        let mut layer = vec![workshop.test("seed", &[], &[])];
        for depth in 0..5 {
            let inputs: Vec<_> = layer.iter().collect();
            layer = (0..5)
                .map(|column| workshop.test(&format!("n{depth}-{column}"), &[], &inputs))
                .collect();
        }
        workshop.realise(&layer.iter().collect::<Vec<_>>()).unwrap();
        assert_eq!(workshop.finished().len(), 26, "{jobs} jobs");
    }
}

#[test]
fn what_depends_on_a_failure_is_not_built_and_the_rest_only_where_asked_for() {
    for (keep_going, failures, built) in [(false, 1, None), (true, 2, Some("fine"))] {
        let mut workshop = Workshop::new();
        workshop.settings.keep_going = keep_going;
        workshop.settings.jobs = 1;
        let bad = workshop.test("bad", &[("fail", "no")], &[]);
        let worse = workshop.test("worse", &[("fail", "no")], &[]);
        let above = workshop.test("above", &[], &[&bad]);
        let highest = workshop.test("highest", &[], &[&above]);
        let fine = workshop.test("fine", &[], &[]);
        let error = workshop.realise(&[&highest, &worse, &fine]).unwrap_err();
        assert_eq!(error.class(), FailureClass::BuildFailed);
        let count = match error {
            BuildError::Several(errors) => errors.len(),
            _ => 1,
        };
        assert_eq!(count, failures, "keep going: {keep_going}");
        assert_eq!(workshop.finished(), built.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn a_plan_reads_well() {
    let workshop = Workshop::new();
    let hash = nix_formats::Hash::sha256(b"");
    let fetched = workshop.derive(&Recipe {
        name: "fetched",
        fixed: Some((nix_formats::Method::Flat, hash)),
        ..Recipe::default()
    });
    let there = workshop.test("there", &[], &[]);
    workshop.realise(&[&there]).unwrap();
    let top = workshop.test("top", &[], &[&fetched, &there]);
    let plan = workshop
        .with_builder(|builder| builder.plan(&[all_of(&top)]))
        .unwrap();
    let expected = format!(
        "fetch {fetched}\nbuild {top}\nhave  {}\n",
        workshop.output(&there)
    );
    assert_eq!(plan.to_string(), expected);
    assert_eq!(plan.counts(), (1, 1));
    assert_eq!(workshop.finished(), ["there"], "a plan does nothing");
}

#[test]
fn cancelling_stops_everything_and_leaves_nothing() {
    let mut workshop = Workshop::new();
    workshop.settings.keep_going = true;
    let stops = workshop.test("stops", &[("text", "half"), ("cancel", "1")], &[]);
    let above = workshop.test("above", &[], &[&stops]);
    let error = workshop.realise(&[&above]).unwrap_err();
    assert!(matches!(error, BuildError::Cancelled), "{error}");
    assert_eq!(error.class().exit_code(), 1);
    workshop.nothing_is_left();

    let workshop = Workshop::new();
    workshop.cancellation.cancel();
    let never = workshop.test("never", &[], &[]);
    assert!(workshop.realise(&[&never]).unwrap_err().is_cancelled());
    assert_eq!(workshop.finished(), [""; 0]);
}
