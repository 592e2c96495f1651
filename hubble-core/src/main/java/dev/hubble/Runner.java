// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Runs jobs one after the other, in the order in which they came, whether their callers wait for
/// them or not. A job that waits occupies no thread of ours.
final class Runner {
  /// A timer beyond this is none: a century.
  private static final Duration FOREVER = Duration.ofDays(36_500);

  private final Turns turns;
  private final Set<Job> unfinished = ConcurrentHashMap.newKeySet();

  Runner(int queue) {
    this.turns = new Turns(queue);
  }

  /// What a job does when its turn has come.
  @FunctionalInterface
  interface Work {
    Generated draw(Job job);
  }

  /// The jobs that are not finished, in order.
  List<Job> jobs() {
    return unfinished.stream().sorted(Comparator.comparingLong(Job::id)).toList();
  }

  /// Runs on this thread.
  Generated run(Request request, RunOptions options, Work work) {
    turns.checkNotInside();
    var job = new Job(request, options, turns);
    unfinished.add(job);
    try (var _ = watch(job)) {
      awaitTurn(job);
      try {
        return work(job, work);
      } finally {
        turns.leave(job.ticket());
      }
    } finally {
      unfinished.remove(job);
    }
  }

  /// Does something else than drawing, on this thread, when its turn has come.
  <T> T alone(Supplier<T> work) {
    turns.checkNotInside();
    var ticket = turns.enter();
    try {
      ticket.turn.get();
    } catch (InterruptedException e) {
      turns.withdraw(ticket);
      Thread.currentThread().interrupt();
      throw new HubbleException.Cancelled();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
    try {
      ticket.workHere();
      return work.get();
    } finally {
      turns.leave(ticket);
    }
  }

  private void awaitTurn(Job job) {
    try {
      job.ticket().turn.get();
    } catch (InterruptedException e) {
      turns.withdraw(job.ticket());
      Thread.currentThread().interrupt();
      throw new HubbleException.Cancelled();
    } catch (CancellationException e) {
      job.cancellation().throwIfCancelled();
      throw e;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Runs on a thread of its own once its turn has come.
  Job submit(Request request, RunOptions options, Work work) {
    var job = new Job(request, options, turns);
    unfinished.add(job);
    var watch = watch(job);
    var _ =
        job.future()
            .whenComplete((_, _) -> {
              if (job.future().isCancelled()) {
                job.cancellation().cancel();
              }
            });
    var _ =
        job.ticket()
            .turn
            .whenComplete((_, gaveUp) -> {
              if (gaveUp == null) {
                start(job, work, watch);
              } else {
                finish(
                    job,
                    watch,
                    () -> {
                      job.cancellation().throwIfCancelled();
                      throw new HubbleException.Cancelled();
                    });
              }
            });
    return job;
  }

  private void start(Job job, Work work, Watch watch) {
    Runnable run =
        () ->
            finish(
                job,
                watch,
                () -> {
                  try {
                    return work(job, work);
                  } finally {
                    turns.leave(job.ticket());
                  }
                });
    try {
      Thread.ofPlatform().name("hubble-job-" + job.id()).start(run);
    } catch (OutOfMemoryError e) {
      // The system gives no more threads. Nobody else would end this turn.
      finish(
          job,
          watch,
          () -> {
            turns.leave(job.ticket());
            throw e;
          });
    }
  }

  private static Generated work(Job job, Work work) {
    job.ticket().workHere();
    job.cancellation().throwIfCancelled();
    return work.draw(job);
  }

  private void finish(Job job, Watch watch, Supplier<Generated> outcome) {
    @Nullable Generated generated = null;
    @Nullable Throwable problem = null;
    try {
      generated = outcome.get();
    } catch (Throwable e) {
      problem = e;
    }
    watch.close();
    unfinished.remove(job);
    if (problem == null) {
      job.future().complete(generated);
    } else {
      job.future().completeExceptionally(problem);
    }
  }

  /// Everything that can end a job early, from now to its end.
  private final class Watch implements AutoCloseable {
    private final Job job;
    private final Runnable stopWaiting;
    private final Runnable passOn;
    private final CompletableFuture<Void> timer = new CompletableFuture<>();

    Watch(Job job) {
      this.job = job;
      this.stopWaiting = () -> turns.giveUp(job.ticket());
      this.passOn = job.cancellation()::cancel;
      job.cancellation().whenOn(stopWaiting);
      var switched = job.options().cancellation();
      if (switched != null) {
        switched.whenOn(passOn);
      }
      var timeout = job.options().timeout();
      if (timeout != null && timeout.compareTo(FOREVER) < 0) {
        var _ =
            timer
                .orTimeout(timeout.toNanos(), TimeUnit.NANOSECONDS)
                .whenComplete((_, e) -> {
                  if (e instanceof TimeoutException) {
                    job.cancellation().expire();
                  }
                });
      }
    }

    @Override
    public void close() {
      var switched = job.options().cancellation();
      if (switched != null) {
        switched.forget(passOn);
      }
      // Ends the timer, too, which would keep the job alive.
      timer.cancel(false);
    }
  }

  private Watch watch(Job job) {
    return new Watch(job);
  }

  /// Lets nobody in any more, waits for all that are, and does `last`.
  void close(Runnable last) {
    var ticket = turns.enterLast();
    ticket.turn.join();
    try {
      last.run();
    } finally {
      turns.leave(ticket);
    }
  }
}
