// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;

/// A request on its way: what [Hubble#submit] gives back at once.
///
/// ```java
/// Job job = hubble.submit(Request.of("a comet"));
/// job.future().thenAccept(out -> show(out.image()));
/// if (job.progress() < 0.5) job.cancel();
/// ```
public final class Job {
  private static final AtomicLong IDS = new AtomicLong();

  private final long id = IDS.incrementAndGet();
  private final Request request;
  private final RunOptions options;
  private final Turns turns;
  private final Turns.Ticket ticket;
  private final Cancellation cancellation = new Cancellation();
  private final CompletableFuture<Generated> future = new CompletableFuture<>();
  private volatile int calls;
  private volatile int callsDone;

  Job(Request request, RunOptions options, Turns turns) {
    this.request = request;
    this.options = options;
    this.turns = turns;
    this.ticket = turns.enter();
  }

  /// Where a job is.
  public enum State {
    /// In the queue.
    WAITING,
    /// Being drawn.
    RUNNING,
    /// The pictures are there.
    DONE,
    /// It ended with an error.
    FAILED,
    /// Somebody stopped it.
    CANCELLED,
    /// Its time was over.
    TIMED_OUT
  }

  /// A number that no other job of this process has; later jobs have higher ones.
  public long id() {
    return id;
  }

  /// What is to be drawn.
  public Request request() {
    return request;
  }

  /// Where it is.
  public State state() {
    if (!future.isDone()) {
      return turns.before(ticket) > 0 ? State.WAITING : State.RUNNING;
    }
    return switch (future.state()) {
      case SUCCESS -> State.DONE;
      case CANCELLED -> State.CANCELLED;
      default ->
          switch (future.exceptionNow()) {
            case HubbleException.Cancelled _ -> State.CANCELLED;
            case HubbleException.TimedOut _ -> State.TIMED_OUT;
            default -> State.FAILED;
          };
    };
  }

  /// How many jobs are drawn before this one, that being drawn included; 0 if there is none.
  public int before() {
    return Math.max(0, turns.before(ticket));
  }

  /// How much of the way is done, from 0 to 1, counted in UNet calls.
  public double progress() {
    if (state() == State.DONE) {
      return 1;
    }
    int all = calls;
    return all == 0 ? 0 : (double) callsDone / all;
  }

  /// How many UNet calls are done.
  public int callsDone() {
    return callsDone;
  }

  /// How many UNet calls there are; 0 until the texts are encoded.
  public int calls() {
    return calls;
  }

  /// Stops it: at once if it waits, within one UNet call if it is being drawn.
  ///
  /// @return whether there was something to stop
  public boolean cancel() {
    boolean early = !future.isDone();
    cancellation.cancel();
    return early;
  }

  /// What was drawn, or a [HubbleException] that says why not. It completes on the thread that
  /// draws, which has moved on to the next job by then. Cancelling it cancels the job.
  public CompletableFuture<Generated> future() {
    return future;
  }

  /// Waits for the pictures.
  ///
  /// @throws HubbleException why there are none
  public Generated join() {
    try {
      return future.join();
    } catch (CancellationException e) {
      throw new HubbleException.Cancelled();
    } catch (CompletionException e) {
      switch (e.getCause()) {
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw e;
      }
    }
  }

  RunOptions options() {
    return options;
  }

  Turns.Ticket ticket() {
    return ticket;
  }

  Cancellation cancellation() {
    return cancellation;
  }

  /// Counts along, and tells the listener.
  void on(Progress.Event event) {
    switch (event) {
      case Progress.Event.Started started -> calls = started.calls();
      case Progress.Event.Step step -> callsDone = step.call();
      default -> {}
    }
    options.progress().on(event);
  }

  @Override
  public String toString() {
    return "Job[id=%d, state=%s]".formatted(id, state());
  }
}
