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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// One model, sixteen threads, and callers who change their minds.
///
/// `-Dhubble.soak=1000` draws that many pictures instead of 64 and reports what lives at every
/// tenth.
class ManyAtOnceTest {
  private static final int THREADS = 16;
  private static final int REQUESTS = Integer.getInteger("hubble.soak", 64);

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

  private final AtomicInteger drawn = new AtomicInteger();
  private final AtomicInteger stopped = new AtomicInteger();

  @Test
  @Timeout(1800)
  void everyPictureIsItsSingleRunWhoeverElseWaitsStopsOrIsLate() throws Exception {
    var expected = new ArrayList<int[]>();
    try (var alone = Tiny.load()) {
      KINDS.forEach(kind -> expected.add(Tiny.pixels(alone.generate(kind))));
    }
    int threadsBefore;
    try (var hubble = Tiny.load(LoadOptions.DEFAULT.queue(THREADS))) {
      threadsBefore = threads();
      long[] live = new long[11];
      for (int tenth = 0; tenth < 10; tenth++) {
        round(hubble, expected, tenth, REQUESTS / 10 + 1);
        assertThat(hubble.jobs()).isEmpty();
        live[tenth + 1] = NothingStaysTest.live();
      }
      System.out.printf(
          "%d drawn, %d stopped; live after each tenth: %s; heap in use %,d%n",
          drawn.get(),
          stopped.get(),
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
    assertThat(drawn.get()).isGreaterThan(REQUESTS / 4);
    assertThat(stopped.get()).isGreaterThan(REQUESTS / 8);
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

  private void round(Hubble hubble, List<int[]> expected, int seed, int requests) throws Exception {
    var random = new SplittableRandom(seed);
    var calls = new ArrayList<Callable<Void>>();
    for (int i = 0; i < requests; i++) {
      var mine = random.split();
      calls.add(() -> {
        one(hubble, expected, mine);
        return null;
      });
    }
    try (var pool = Executors.newFixedThreadPool(THREADS)) {
      for (var future : pool.invokeAll(calls)) {
        future.get();
      }
    }
  }

  private void one(Hubble hubble, List<int[]> expected, SplittableRandom random) {
    int kind = random.nextInt(KINDS.size());
    var request = KINDS.get(kind);
    Generated out;
    try {
      out =
          switch (random.nextInt(6)) {
            case 0 -> {
              var job = hubble.submit(request);
              Thread.sleep(random.nextInt(30));
              job.cancel();
              yield job.join();
            }
            case 1 -> {
              var job = hubble.submit(request);
              Thread.sleep(random.nextInt(30));
              job.future().cancel(true);
              yield job.join();
            }
            case 2 ->
                hubble.generate(
                    request,
                    RunOptions.DEFAULT.timeout(Duration.ofNanos(1 + random.nextInt(300_000_000))));
            case 3 -> hubble.submit(request).join();
            case 4 -> interruptedIn(hubble, request, random.nextInt(30));
            default -> hubble.generate(request);
          };
    } catch (HubbleException.Cancelled | HubbleException.TimedOut e) {
      assertThat(Thread.interrupted()).isFalse();
      stopped.incrementAndGet();
      return;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    drawn.incrementAndGet();
    assertThat(Tiny.pixels(out)).isEqualTo(expected.get(kind));
  }

  /// Draws on this thread, which another one interrupts after a while.
  private static Generated interruptedIn(Hubble hubble, Request request, int millis) {
    var drawing = Thread.currentThread();
    var interrupted =
        CompletableFuture.runAsync(
            drawing::interrupt,
            CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS, Runnable::run));
    try {
      return hubble.generate(request);
    } finally {
      // Waits on, interrupted or not.
      interrupted.join();
      var _ = Thread.interrupted();
    }
  }
}
