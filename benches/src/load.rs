//! Many people at once.

use std::future::Future;
use std::time::Duration;

use crate::Failure;
use crate::figures::Times;

/// Lets `people` do something `rounds` times each, all at once, each waiting `pause` after an
/// answer; returns the times that the acts themselves report.
pub(crate) async fn at_once<F, A>(
    people: usize,
    rounds: usize,
    pause: Duration,
    act: F,
) -> Result<Times, Failure>
where
    F: Fn(usize, usize) -> A + Send + Sync + Clone + 'static,
    A: Future<Output = Result<Duration, Failure>> + Send,
{
    let tasks: Vec<_> = (0..people)
        .map(|person| {
            let act = act.clone();
            tokio::spawn(async move {
                // People do not all begin in the same instant.
                let lag = pause.mul_f64(person as f64 / people.max(1) as f64);
                tokio::time::sleep(lag).await;
                let mut times = Vec::with_capacity(rounds);
                for round in 0..rounds {
                    times.push(act(person, round).await?);
                    if !pause.is_zero() {
                        tokio::time::sleep(pause).await;
                    }
                }
                Ok::<_, Failure>(times)
            })
        })
        .collect();
    let mut all = Vec::with_capacity(people * rounds);
    for task in tasks {
        all.extend(task.await??);
    }
    Ok(Times::of(all))
}
