//! What a queue with lanes promises, whatever is pushed and taken in which order.

use super::*;
use proptest::prelude::*;
use std::sync::Arc;
use uuid::Uuid;

const BOUNDS: Bounds = Bounds {
    places: 12,
    batch: 6,
    shared_batch: 4,
};

/// What a test does with a queue.
#[derive(Clone, Debug)]
enum Step {
    Push(u8),
    Take,
    Tidy,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (0_u8..5).prop_map(Step::Push),
        2 => Just(Step::Take),
        1 => Just(Step::Tidy),
    ];
    proptest::collection::vec(step, 0..200)
}

/// Lane 0 is nobody's; the others are projects'.
fn lane(number: u8) -> Lane {
    (number > 0).then(|| ProjectId(Uuid::from_u128(number.into())))
}

/// A lane, and which of its items it is.
type Item = (u8, usize);

fn take(queue: &Queue<Item>) -> Vec<Item> {
    let mut batch = VecDeque::new();
    queue.take(&mut batch, 0, Duration::ZERO);
    batch.into()
}

fn push_all(queue: &Queue<Item>, number: u8, items: std::ops::Range<usize>) {
    for item in items {
        queue.push(lane(number), (number, item)).unwrap();
    }
}

/// How many items of each lane were taken and wait, and how many were accepted.
#[derive(Default)]
struct Ledger {
    accepted: [usize; 5],
    taken: [usize; 5],
}

impl Ledger {
    fn held(&self, number: usize) -> usize {
        self.accepted[number] - self.taken[number]
    }

    fn all_held(&self) -> usize {
        (0..5).map(|number| self.held(number)).sum()
    }

    /// Notes a push, and whether the bounds were held.
    fn push(&mut self, queue: &Queue<Item>, number: u8) -> Result<(), TestCaseError> {
        let place = usize::from(number);
        let free = BOUNDS.places - self.all_held();
        let pushed = queue.push(lane(number), (number, self.accepted[place]));
        let expected = if self.held(place) < free {
            self.accepted[place] += 1;
            Ok(())
        } else {
            Err(NotQueued::Full)
        };
        prop_assert_eq!(pushed, expected);
        Ok(())
    }

    /// Notes a batch, and whether it is in order and fair.
    fn take(&mut self, queue: &Queue<Item>) -> Result<(), TestCaseError> {
        let before: Vec<_> = (0..5).map(|number| self.held(number)).collect();
        let batch = take(queue);
        prop_assert!(batch.len() <= BOUNDS.batch);
        let mut given = [0; 5];
        for (number, item) in batch {
            let place = usize::from(number);
            prop_assert_eq!(item, self.taken[place], "order within lane {}", number);
            self.taken[place] += 1;
            given[place] += 1;
        }
        let most = given.into_iter().max().unwrap_or(0);
        for (held, given) in before.iter().zip(given) {
            // Who did not get all got as much as anybody, but for one that could not be divided.
            prop_assert!(
                given == *held || given + 1 >= most,
                "of {before:?} lane got {given}, another {most}"
            );
        }
        Ok(())
    }
}

proptest! {
    #[test]
    fn nothing_is_lost_order_is_kept_and_bounds_hold(steps in steps()) {
        let queue = Queue::new(BOUNDS);
        let mut ledger = Ledger::default();
        for step in steps {
            match step {
                Step::Push(number) => ledger.push(&queue, number)?,
                Step::Take => ledger.take(&queue)?,
                Step::Tidy => queue.lock().tidy(),
            }
            prop_assert_eq!(queue.depth(), ledger.all_held());
        }
        while queue.depth() > 0 {
            ledger.take(&queue)?;
        }
        prop_assert_eq!(ledger.accepted, ledger.taken);
    }

    #[test]
    fn no_lane_waits_for_more_turns_than_there_are_lanes(held in proptest::collection::vec(1_usize..20, 3..40)) {
        let queue = Queue::new(Bounds { places: 4096, batch: 3, shared_batch: 3 });
        for (number, items) in (1..).zip(&held) {
            push_all(&queue, number, 0..*items);
        }
        let mut served = Vec::new();
        while served.len() < held.len() {
            served.extend(take(&queue).into_iter().map(|(number, _)| number));
        }
        served.truncate(held.len());
        served.sort_unstable();
        served.dedup();
        prop_assert_eq!(served.len(), held.len(), "somebody had a second turn before others had their first");
    }
}

#[test]
fn one_vote_is_in_the_next_batch_whatever_others_have_queued() {
    let queue = Queue::new(Bounds::WRITER);
    push_all(&queue, 1, 0..4000);
    push_all(&queue, 2, 0..1);
    assert!(take(&queue).contains(&(2, 0)));
}

#[test]
fn a_rush_leaves_others_a_place() {
    let queue = Queue::new(BOUNDS);
    push_all(&queue, 1, 0..6);
    assert_eq!(queue.push(lane(1), (1, 6)), Err(NotQueued::Full));
    push_all(&queue, 2, 0..3);
    assert_eq!(queue.push(lane(2), (2, 3)), Err(NotQueued::Full));
    push_all(&queue, 0, 0..1);
}

#[test]
fn batches_are_small_while_several_projects_write_and_large_again_afterwards() {
    let queue = Queue::new(BOUNDS);
    push_all(&queue, 1, 0..6);
    push_all(&queue, 0, 0..1);
    assert_eq!(take(&queue).len(), BOUNDS.batch);
    push_all(&queue, 2, 0..1);
    push_all(&queue, 1, 6..11);
    assert_eq!(take(&queue).len(), BOUNDS.shared_batch);
    while !take(&queue).is_empty() {}
    for _ in 0..2 {
        queue.lock().tidy();
    }
    push_all(&queue, 1, 11..17);
    assert_eq!(take(&queue).len(), BOUNDS.batch);
}

#[test]
fn what_comes_later_joins_a_batch_up_to_its_bound() {
    let queue = Queue::new(BOUNDS);
    push_all(&queue, 1, 0..5);
    let mut batch = VecDeque::new();
    queue.take(&mut batch, 4, Duration::ZERO);
    assert_eq!(batch.len(), 2);
    queue.take(&mut batch, 6, Duration::ZERO);
    assert_eq!(batch.len(), 2);
}

#[test]
fn a_closed_queue_gives_out_what_it_has_and_takes_no_more() {
    let queue = Queue::new(BOUNDS);
    push_all(&queue, 1, 0..2);
    queue.close();
    assert_eq!(queue.push(lane(1), (1, 2)), Err(NotQueued::Closed));
    assert!(!queue.has_ended());
    assert_eq!(take(&queue).len(), 2);
    assert!(queue.has_ended());
}

#[test]
fn an_abandoned_queue_drops_what_it_has() {
    let queue = Queue::new(BOUNDS);
    push_all(&queue, 1, 0..2);
    queue.abandon();
    assert!(queue.has_ended());
    assert!(take(&queue).is_empty());
}

#[test]
fn whoever_waits_is_woken_by_a_push_and_by_the_end() {
    for close in [false, true] {
        let queue = Arc::new(Queue::new(BOUNDS));
        let waiting = Arc::clone(&queue);
        let waiter = std::thread::spawn(move || {
            let mut batch = VecDeque::new();
            waiting.take(&mut batch, 0, Duration::from_mins(10));
            batch.len()
        });
        if close {
            queue.close();
        } else {
            push_all(&queue, 1, 0..1);
        }
        assert_eq!(waiter.join().unwrap(), usize::from(!close));
    }
}

#[test]
fn many_threads_lose_nothing() {
    let queue = Arc::new(Queue::new(Bounds::WRITER));
    let pushers: Vec<_> = (0..4)
        .map(|number| {
            let queue = Arc::clone(&queue);
            std::thread::spawn(move || push_all(&queue, number, 0..1000))
        })
        .collect();
    let mut batch = VecDeque::new();
    while batch.len() < 4000 {
        queue.take(&mut batch, 0, Duration::from_mins(1));
    }
    for pusher in pushers {
        pusher.join().unwrap();
    }
    for number in 0..4 {
        let items = batch.iter().filter(|item| item.0 == number);
        assert!(items.map(|item| item.1).eq(0..1000), "lane {number}");
    }
}
