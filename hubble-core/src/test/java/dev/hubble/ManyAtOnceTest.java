// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// One model, 64 requests at once from 16 threads, and callers who change their minds.
///
/// `-Dhubble.soak=1000` draws that many pictures instead of 64, not counting those that were
/// stopped, and reports what lives after every tenth.
class ManyAtOnceTest {
  private static final int THREADS = 16;

  /// How many requests of a thread are on their way at the same time.
  private static final int EACH = 4;

  private static final int PICTURES = Integer.getInteger("hubble.soak", 64);

  /// As in [NothingStaysTest]: less than the latents of a few pictures.
  private static final long SLACK = 100_000;

  private static final List<Request> KINDS =
      Stream.of("pndm", "euler-a", "dpmpp-2m-karras", "ddim")
          .flatMap(scheduler ->
              Stream.of(
                  Request.of("a galaxy").scheduler(scheduler).steps(2).seed(1),
                  Request.of("dust").negative("red").scheduler(scheduler).steps(3).seed(2),
                  Request.of("a").scheduler(scheduler).steps(2).guidance(1).size(64, 72).seed(3)))
          .toList();

  private final List<int[]> expected = new ArrayList<>();
  private final AtomicInteger drawn = new AtomicInteger();
  private final AtomicInteger cancelled = new AtomicInteger();
  private final AtomicInteger late = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();

  @Test
  @Timeout(3600)
  void everyPictureIsItsSingleRunWhoeverElseWaitsStopsOrIsLate() throws Exception {
    try (var alone = Tiny.load()) {
      KINDS.forEach(kind -> expected.add(Tiny.pixels(alone.generate(kind))));
    }
    try (var hubble = Tiny.load(LoadOptions.DEFAULT.queue(THREADS * EACH))) {
      int threadsBefore = threads();
      long[] live = new long[11];
      for (int tenth = 1; tenth <= 10; tenth++) {
        int seed = 0;
        while (drawn.get() < PICTURES * tenth / 10) {
          round(hubble, new SplittableRandom(1000L * tenth + seed++));
        }
        assertThat(hubble.jobs()).isEmpty();
        live[tenth] = NothingStaysTest.live();
      }
      System.out.printf(
          "%d drawn, each equal to its single run; %d cancelled, %d timed out; at most %d at once%n"
              + "live bytes after each tenth: %s; heap in use %,d%n",
          drawn.get(),
          cancelled.get(),
          late.get(),
          most.get(),
          java.util.Arrays.toString(live),
          ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
      // The first tenth loads classes and fills caches; after that a timer or a log may live for a
      // moment, so what counts is the least of three.
      assertThat(least(live, 8) - least(live, 2)).isLessThan(SLACK);
      // Threads that jobs ran on have ended, or are about to.
      for (int i = 0; i < 100 && threads() > threadsBefore; i++) {
        Thread.sleep(20);
      }
      assertThat(threads()).isLessThanOrEqualTo(threadsBefore);
    }
    assertThat(drawn.get()).isGreaterThanOrEqualTo(PICTURES);
    assertThat(cancelled.get() + late.get()).isGreaterThan(PICTURES / 8);
    assertThat(most.get()).isGreaterThan(THREADS);
  }

  private static long least(long[] values, int from) {
    return Math.min(values[from], Math.min(values[from + 1], values[from + 2]));
  }

  /// Threads that jobs run on.
  private static int threads() {
    return (int)
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().startsWith("hubble-job"))
            .count();
  }

  /// Every thread makes its requests once.
  private void round(Hubble hubble, SplittableRandom random) throws Exception {
    var calls = new ArrayList<Callable<Void>>();
    for (int i = 0; i < THREADS; i++) {
      var mine = random.split();
      calls.add(() -> {
        several(hubble, mine);
        return null;
      });
    }
    try (var pool = Executors.newFixedThreadPool(THREADS)) {
      for (var future : pool.invokeAll(calls)) {
        future.get();
      }
    }
  }

  /// Submits some requests, draws one on this thread, and waits for all.
  private void several(Hubble hubble, SplittableRandom random) {
    int[] kinds = random.ints(EACH, 0, KINDS.size()).toArray();
    var jobs = new ArrayList<Job>();
    for (int i = 1; i < EACH; i++) {
      jobs.add(submit(hubble, KINDS.get(kinds[i]), random));
    }
    most.accumulateAndGet(hubble.jobs().size(), Math::max);
    settle(kinds[0], () -> here(hubble, KINDS.get(kinds[0]), random));
    for (int i = 1; i < EACH; i++) {
      settle(kinds[i], jobs.get(i - 1)::join);
    }
  }

  private static Job submit(Hubble hubble, Request request, SplittableRandom random) {
    int millis = random.nextInt(800);
    return switch (random.nextInt(5)) {
      case 0 -> {
        var job = hubble.submit(request);
        var _ = later(millis, job::cancel);
        yield job;
      }
      case 1 -> {
        var job = hubble.submit(request);
        var _ = later(millis, () -> job.future().cancel(true));
        yield job;
      }
      case 2 ->
          hubble.submit(
              request, RunOptions.DEFAULT.timeout(Duration.ofNanos(1 + millis * 1000_000L)));
      default -> hubble.submit(request);
    };
  }

  private static Generated here(Hubble hubble, Request request, SplittableRandom random) {
    int millis = random.nextInt(800);
    return switch (random.nextInt(4)) {
      case 0 ->
          hubble.generate(
              request, RunOptions.DEFAULT.timeout(Duration.ofNanos(1 + millis * 1000_000L)));
      case 1 -> interruptedIn(hubble, request, millis);
      default -> hubble.generate(request);
    };
  }

  private void settle(int kind, Supplier<Generated> result) {
    Generated out;
    try {
      out = result.get();
    } catch (HubbleException.TimedOut e) {
      late.incrementAndGet();
      return;
    } catch (HubbleException.Cancelled e) {
      assertThat(Thread.interrupted()).isFalse();
      cancelled.incrementAndGet();
      return;
    }
    drawn.incrementAndGet();
    assertThat(Tiny.pixels(out)).isEqualTo(expected.get(kind));
  }

  private static CompletableFuture<Void> later(int millis, Runnable what) {
    return CompletableFuture.runAsync(
        what, CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS, Runnable::run));
  }

  /// Draws on this thread, which another one interrupts after a while.
  private static Generated interruptedIn(Hubble hubble, Request request, int millis) {
    var interrupted = later(millis, Thread.currentThread()::interrupt);
    try {
      return hubble.generate(request);
    } finally {
      // Waits on, interrupted or not.
      interrupted.join();
      var _ = Thread.interrupted();
    }
  }
}
