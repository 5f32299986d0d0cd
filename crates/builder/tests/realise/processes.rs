//! Two processes that want the same output. Each has the store opened for itself, so locks work between them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use builder::{BuildContext, BuildFailure, Builder, BuiltinBuilder, Event, Registry};

use crate::workshop::{TEST_BUILDER, Workshop, all_of};

/// Builds when told to, and counts.
#[derive(Clone, Default)]
struct Gated {
    open: Arc<(Mutex<bool>, Condvar)>,
    builds: Arc<AtomicUsize>,
}

impl BuiltinBuilder for Gated {
    fn build(&self, context: &BuildContext<'_>) -> Result<(), BuildFailure> {
        self.builds.fetch_add(1, Ordering::SeqCst);
        let (open, changed) = &*self.open;
        drop(changed.wait_while(open.lock().unwrap(), |open| !*open).unwrap());
        std::fs::write(context.output("out")?, "made")
            .map_err(|error| BuildFailure::caused_by("write", error))
    }
}

#[test]
fn the_second_waits_for_the_first_and_builds_nothing() {
    let gated = Gated::default();
    let registry = || Registry::from([(TEST_BUILDER, Box::new(gated.clone()) as Box<dyn BuiltinBuilder>)]);
    let first = Workshop {
        registry: registry(),
        ..Workshop::new()
    };
    let second = Workshop {
        registry: registry(),
        ..Workshop::beside(Arc::clone(&first.directory))
    };
    let wanted = [all_of(&first.test("x", &[], &[]))];
    let one = |workshop: &Workshop| {
        let sink = |event: Event| {
            // The one that comes late lets the other one go on.
            if matches!(event, Event::Waiting { .. }) {
                *gated.open.0.lock().unwrap() = true;
                gated.open.1.notify_all();
            }
        };
        let (store, registry) = (&workshop.store, &workshop.registry);
        let settings = workshop.settings.clone();
        Builder::new(store, registry, settings, &sink, workshop.cancellation.clone())
            .realise(&wanted)
            .unwrap()
    };
    thread::scope(|scope| {
        let other = scope.spawn(|| one(&second));
        assert_eq!(one(&first), other.join().unwrap());
    });
    assert_eq!(gated.builds.load(Ordering::SeqCst), 1);
}

#[test]
fn waiting_can_be_cancelled() {
    let workshop = Workshop::new();
    let derivation = workshop.test("x", &[], &[]);
    let outputs = [workshop.output(&derivation)].into();
    let other = Workshop::beside(Arc::clone(&workshop.directory));
    let _locks = other.store.lock(&outputs, &store::WaitForever).unwrap();
    let sink = |event: Event| {
        if matches!(event, Event::Waiting { .. }) {
            workshop.cancellation.cancel();
        }
    };
    let (store, registry, settings) = (&workshop.store, &workshop.registry, workshop.settings.clone());
    let builder = Builder::new(store, registry, settings, &sink, workshop.cancellation.clone());
    assert!(
        builder
            .realise(&[all_of(&derivation)])
            .unwrap_err()
            .is_cancelled()
    );
}
