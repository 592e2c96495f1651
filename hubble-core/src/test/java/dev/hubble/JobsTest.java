// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The queue, and how what is in it is followed and stopped.
@Timeout(60)
class JobsTest {
  private static Hubble hubble;

  @BeforeAll
  static void open() {
    hubble = Tiny.load(LoadOptions.DEFAULT.queue(3));
  }

  @AfterAll
  static void close() {
    hubble.close();
  }

  private static Request quick(long seed) {
    return Request.of("galaxy").steps(2).seed(seed);
  }

  /// A job that holds the model until [#free].
  private static final class Blocker {
    private final CountDownLatch running = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);
    private final Job job;

    Blocker() throws InterruptedException {
      job =
          hubble.submit(
              quick(1),
              RunOptions.DEFAULT.progress(event -> {
                if (event instanceof Progress.Event.Started) {
                  running.countDown();
                  try {
                    released.await();
                  } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                  }
                }
              }));
      running.await();
    }

    void free() {
      released.countDown();
      job.join();
    }
  }

  @Test
  void aJobIsTheCallOfGenerateElsewhere() {
    var job = hubble.submit(quick(4));
    var expected = Tiny.pixels(hubble.generate(quick(4)));
    assertThat(Tiny.pixels(job.join())).isEqualTo(expected);
    assertThat(job.state()).isEqualTo(Job.State.DONE);
    assertThat(job.progress()).isEqualTo(1);
    assertThat(job.calls()).isEqualTo(3);
    assertThat(job.callsDone()).isEqualTo(3);
    assertThat(job.request()).isEqualTo(quick(4));
    assertThat(hubble.submit(quick(4)).id()).isGreaterThan(job.id());
  }

  @Test
  void firstComeFirstServed() throws Exception {
    var blocker = new Blocker();
    var order = Collections.synchronizedList(new ArrayList<Long>());
    var jobs = new ArrayList<Job>();
    for (long seed = 0; seed < 3; seed++) {
      long which = seed;
      jobs.add(
          hubble.submit(
              quick(seed),
              RunOptions.DEFAULT.progress(event -> {
                if (event instanceof Progress.Event.Started) {
                  order.add(which);
                }
              })));
    }
    assertThat(jobs).extracting(Job::before).containsExactly(1, 2, 3);
    assertThat(jobs).extracting(Job::state).containsOnly(Job.State.WAITING);
    assertThat(blocker.job.state()).isEqualTo(Job.State.RUNNING);
    assertThat(hubble.jobs()).containsExactly(blocker.job, jobs.get(0), jobs.get(1), jobs.get(2));
    blocker.free();
    jobs.forEach(Job::join);
    assertThat(order).containsExactly(0L, 1L, 2L);
    assertThat(hubble.jobs()).isEmpty();
  }

  @Test
  void aFullQueueSaysSoAndTakesTheNextOneLater() throws Exception {
    var blocker = new Blocker();
    var jobs = List.of(hubble.submit(quick(1)), hubble.submit(quick(2)), hubble.submit(quick(3)));
    assertThatThrownBy(() -> hubble.submit(quick(4)))
        .isInstanceOf(HubbleException.Busy.class)
        .hasMessageStartingWith("3 requests are waiting");
    assertThatThrownBy(() -> hubble.generate(quick(4))).isInstanceOf(HubbleException.Busy.class);
    jobs.get(1).cancel();
    var next = hubble.submit(quick(5));
    blocker.free();
    assertThat(next.join().pictures()).hasSize(1);
  }

  @Test
  void aWaitingJobIsStoppedAtOnce() throws Exception {
    var blocker = new Blocker();
    var byHandle = hubble.submit(quick(2));
    var byFuture = hubble.submit(quick(3));
    var cancellation = new Cancellation();
    var bySwitch = hubble.submit(quick(3), RunOptions.DEFAULT.cancellation(cancellation));
    assertThat(byHandle.cancel()).isTrue();
    assertThat(byFuture.future().cancel(true)).isTrue();
    cancellation.cancel();
    // All this while the model is still busy.
    for (var job : List.of(byHandle, byFuture, bySwitch)) {
      assertThatThrownBy(job::join).isInstanceOf(HubbleException.Cancelled.class);
      assertThat(job.state()).isEqualTo(Job.State.CANCELLED);
      assertThat(job.cancel()).isFalse();
    }
    assertThatThrownBy(byHandle.future()::join)
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(HubbleException.Cancelled.class);
    assertThatThrownBy(byFuture.future()::join).isInstanceOf(CancellationException.class);
    assertThat(hubble.jobs()).containsExactly(blocker.job);
    blocker.free();
  }

  @Test
  void aSwitchThatIsOnAlreadyLetsNothingBegin() {
    var cancellation = new Cancellation();
    cancellation.cancel();
    var options =
        RunOptions.DEFAULT
            .cancellation(cancellation)
            .progress(event -> {
              throw new AssertionError("began");
            });
    assertThatThrownBy(() -> hubble.generate(quick(1), options))
        .isInstanceOf(HubbleException.Cancelled.class);
    assertThatThrownBy(hubble.submit(quick(1), options)::join)
        .isInstanceOf(HubbleException.Cancelled.class);
  }

  @Test
  void aRunningJobIsStoppedWithinOneCall() {
    for (int how = 0; how < 3; how++) {
      int way = how;
      var job = new AtomicReference<Job>();
      var calls = new AtomicInteger();
      var submitted = new CountDownLatch(1);
      var cancellation = new Cancellation();
      Progress stop =
          event -> {
            if (event instanceof Progress.Event.Step step) {
              calls.set(step.call());
              if (step.call() == 2) {
                await(submitted);
                switch (way) {
                  case 0 -> job.get().cancel();
                  case 1 -> job.get().future().cancel(true);
                  default -> cancellation.cancel();
                }
              }
            }
          };
      var options = RunOptions.DEFAULT.progress(stop).cancellation(cancellation);
      job.set(hubble.submit(quick(1).steps(500), options));
      submitted.countDown();
      assertThatThrownBy(() -> job.get().join()).isInstanceOf(HubbleException.Cancelled.class);
      assertThat(hubble.generate(quick(1)).pictures()).hasSize(1);
      assertThat(calls.get()).isEqualTo(2);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void timeIsUpWhileWaitingAndWhileDrawing() throws Exception {
    var blocker = new Blocker();
    var soon = RunOptions.DEFAULT.timeout(Duration.ofMillis(30));
    var job = hubble.submit(quick(2), soon);
    assertThatThrownBy(job::join).isInstanceOf(HubbleException.TimedOut.class);
    assertThat(job.state()).isEqualTo(Job.State.TIMED_OUT);
    assertThatThrownBy(() -> hubble.generate(quick(2), soon))
        .isInstanceOf(HubbleException.TimedOut.class);
    blocker.free();
    assertThatThrownBy(() -> hubble.generate(quick(2).steps(900), soon))
        .isInstanceOf(HubbleException.TimedOut.class);
    assertThatThrownBy(() -> RunOptions.DEFAULT.timeout(Duration.ZERO))
        .isInstanceOf(HubbleException.BadRequest.class);
    var longer = RunOptions.DEFAULT.timeout(Duration.ofSeconds(Long.MAX_VALUE));
    assertThat(hubble.generate(quick(2), longer).pictures()).hasSize(1);
  }

  @Test
  void anInterruptEndsTheWait() throws Exception {
    var blocker = new Blocker();
    var problem = new AtomicReference<Throwable>();
    var interrupted = new AtomicReference<Boolean>();
    var waiter =
        Thread.ofPlatform()
            .start(() -> {
              try {
                hubble.generate(quick(2));
              } catch (HubbleException e) {
                problem.set(e);
                interrupted.set(Thread.interrupted());
              }
            });
    while (hubble.jobs().size() < 2) {
      Thread.onSpinWait();
    }
    waiter.interrupt();
    waiter.join();
    assertThat(problem.get()).isInstanceOf(HubbleException.Cancelled.class);
    assertThat(interrupted.get()).isTrue();
    blocker.free();
    assertThat(hubble.generate(quick(2)).pictures()).hasSize(1);
  }

  @Test
  void whatCannotBeDrawnIsRefusedByTheCallAndAFailureByTheFuture() {
    assertThatThrownBy(() -> hubble.submit(quick(1).steps(0)))
        .isInstanceOf(HubbleException.BadRequest.class);
    var job =
        hubble.submit(
            quick(1),
            RunOptions.DEFAULT.progress(event -> {
              throw new IllegalStateException("listener");
            }));
    assertThatThrownBy(job::join).isInstanceOf(IllegalStateException.class).hasMessage("listener");
    assertThat(job.state()).isEqualTo(Job.State.FAILED);
    assertThat(hubble.generate(quick(1)).pictures()).hasSize(1);
  }

  @Test
  void aListenerMaySubmitButNotWaitForItself() {
    var inside = new AtomicReference<Job>();
    Progress progress =
        event -> {
          if (event instanceof Progress.Event.Started) {
            inside.set(hubble.submit(quick(6)));
            assertThatThrownBy(() -> hubble.generate(quick(6)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("use submit");
            assertThatThrownBy(hubble::close).isInstanceOf(IllegalStateException.class);
          }
        };
    var outer = hubble.generate(quick(6), RunOptions.DEFAULT.progress(progress));
    assertThat(Tiny.pixels(inside.get().join())).isEqualTo(Tiny.pixels(outer));
  }

  @Test
  void closingWaitsForAllThatWereAskedForBefore() {
    List<Job> jobs;
    try (var other = Tiny.load()) {
      jobs = List.of(other.submit(quick(1)), other.submit(quick(2)), other.submit(quick(3)));
    }
    assertThat(jobs).allSatisfy(job -> assertThat(job.join().pictures()).hasSize(1));
  }
}
