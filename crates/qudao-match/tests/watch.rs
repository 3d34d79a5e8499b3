//! What a search tells while it works, and that it stops.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use common::{account, compile, rule};
use qudao_match::{Dedupe, Label, MatchError, MatchModel, Watch};
use qudao_model::Record;

const RULES: &str = "
matching:
  account.same: {compare: {name: company_name, address: address, phone: phone, email: email}}
";

/// Firms of which every third is written a second time.
fn table(rows: usize) -> Vec<Record> {
    let parts = ["bright", "cedar", "delta", "ember", "fjord", "grove", "harbor", "indigo", "jasper", "kelp"];
    (0..rows)
        .map(|n| {
            let firm = if n % 3 == 2 { n - 1 } else { n };
            let word = |by: usize| parts[(firm / by) % parts.len()];
            let name = format!("{} {}{} {firm} Trading Ltd", word(1), word(10), word(100));
            let phone = format!("0755-{:08}", 20_000_000 + firm * 7);
            let address = format!("{} {} Road", firm % 900, word(7));
            account(&format!("r{n}"), &[("name", &name), ("phone", &phone), ("address", &address)])
        })
        .collect()
}

#[test]
fn progress_never_goes_back_and_ends_at_the_end() {
    let matching = compile(RULES).unwrap();
    let records = table(900);
    for learn in [false, true] {
        let watch = Watch::new();
        let options = Dedupe { learn, watch: Some(watch.clone()), threads: Some(2), ..Dedupe::default() };
        let (seen, found) = std::thread::scope(|scope| {
            let work = scope.spawn(|| matching.dedupe(&rule(), &records, &options));
            let mut seen = vec![watch.permille()];
            while !work.is_finished() {
                seen.push(watch.permille());
                std::thread::sleep(Duration::from_micros(200));
            }
            (seen, work.join())
        });
        let found = found.unwrap().unwrap();
        assert!(seen.is_sorted() && seen[0] == 0, "{seen:?}");
        let mut steps = seen.clone();
        steps.dedup();
        assert!(steps.len() > 5, "{steps:?}");
        assert_eq!(watch.permille(), 1000);
        // Who watches changes nothing.
        let unwatched = Dedupe { learn, ..Dedupe::default() };
        assert_eq!(found, matching.dedupe(&rule(), &records, &unwatched).unwrap());
        assert_eq!(found.batch.groups().len(), 300);
    }
}

#[test]
fn whoever_asks_what_to_label_and_whoever_teaches_is_told_too() {
    let matching = compile(RULES).unwrap();
    let records = table(900);
    // Not what the weights say.
    let labels = [Label { left: 1, right: 2, same: false }];
    let watched = |work: &dyn Fn(&Dedupe)| {
        let watch = Watch::new();
        work(&Dedupe { watch: Some(watch.clone()), threads: Some(2), ..Dedupe::default() });
        assert_eq!(watch.permille(), 1000);
    };
    watched(&|options| {
        let found = matching.review_with(&rule(), &records, 9, options).unwrap();
        assert_eq!(found, matching.review(&rule(), &records, 9).unwrap());
        let alone = Dedupe { threads: Some(1), ..Dedupe::default() };
        assert_eq!(found, matching.review_with(&rule(), &records, 9, &alone).unwrap());
    });
    watched(&|options| {
        let model = matching.learn_with(&rule(), &records, options).unwrap();
        assert_eq!(model, matching.learn(&rule(), &records).unwrap());
    });
    watched(&|options| {
        let model = matching.teach_with(&rule(), &records, &labels, options).unwrap();
        assert_eq!(model, matching.teach(&rule(), &records, &labels).unwrap());
        assert_ne!(model, matching.learn(&rule(), &records).unwrap());
    });
}

#[test]
fn a_search_that_is_stopped_says_so_wherever_it_was() {
    let matching = compile(RULES).unwrap();
    let records = table(240);
    let (left, right) = records.split_at(100);
    // Stopped before it began, and when so much was done.
    for at in [0, 1, 150, 300, 450, 580, 640, 750, 900, 960] {
        for threads in [1, 3] {
            let watch = Watch::new();
            let options = Dedupe {
                learn: true,
                watch: Some(watch.clone()),
                threads: Some(threads),
                ..Dedupe::default()
            };
            std::thread::scope(|scope| {
                let work = scope.spawn(|| matching.dedupe(&rule(), &records, &options));
                while watch.permille() < at && !work.is_finished() {
                    std::hint::spin_loop();
                }
                watch.cancel();
                // It had ended, or it says that it was stopped; it never answers with a part.
                match work.join().unwrap() {
                    Ok(found) => assert_eq!(found.batch.groups().len(), 80),
                    Err(error) => assert_eq!(error, MatchError::Cancelled),
                }
            });
        }
    }
    let labels = [Label { left: 1, right: 2, same: true }, Label { left: 0, right: 1, same: false }];
    let reviewed = matching.review(&rule(), &records, 5).unwrap().len();
    for at in [0, 200, 640, 790, 905] {
        for threads in [1, 3] {
            let stopped = |work: &(dyn Fn(&Dedupe) -> Result<usize, MatchError> + Sync), whole: usize| {
                let watch = Watch::new();
                let options =
                    Dedupe { watch: Some(watch.clone()), threads: Some(threads), ..Dedupe::default() };
                std::thread::scope(|scope| {
                    let work = scope.spawn(|| work(&options));
                    while watch.permille() < at && !work.is_finished() {
                        std::hint::spin_loop();
                    }
                    watch.cancel();
                    match work.join().unwrap() {
                        Ok(found) => assert_eq!(found, whole),
                        Err(error) => assert_eq!(error, MatchError::Cancelled),
                    }
                });
            };
            let fields = |model: MatchModel| model.fields.len();
            stopped(
                &|options| matching.review_with(&rule(), &records, 5, options).map(|pairs| pairs.len()),
                reviewed,
            );
            stopped(&|options| matching.learn_with(&rule(), &records, options).map(fields), 5);
            stopped(&|options| matching.teach_with(&rule(), &records, &labels, options).map(fields), 5);
        }
    }
    let watch = Watch::new();
    watch.cancel();
    let options = Dedupe { watch: Some(watch), ..Dedupe::default() };
    assert_eq!(matching.dedupe(&rule(), &records, &options), Err(MatchError::Cancelled));
    assert_eq!(matching.link_with(&rule(), left, right, &options), Err(MatchError::Cancelled));
    assert_eq!(matching.review_with(&rule(), &records, 5, &options), Err(MatchError::Cancelled));
    assert_eq!(matching.learn_with(&rule(), &records, &options), Err(MatchError::Cancelled));
    assert_eq!(matching.teach_with(&rule(), &records, &labels, &options), Err(MatchError::Cancelled));
    assert_eq!(MatchError::Cancelled.code(), "matching.cancelled");
}

#[test]
fn parts_of_a_watch_share_its_end_and_its_stop() {
    let whole = Watch::new();
    let (first, second) = (whole.part(0, 250), whole.part(250, 1000));
    first.tell(1, 2);
    assert_eq!(whole.permille(), 125);
    second.part(0, 500).tell(1, 1);
    assert_eq!(whole.permille(), 625);
    second.tell(3, 3);
    assert_eq!(whole.permille(), 1000);
    second.cancel();
    assert!(whole.is_cancelled() && first.is_cancelled());
    assert_eq!(whole, whole.clone());
    assert_ne!(whole, Watch::new());
}
